"""NHS number, UPN and ULN: their forms and check characters; and postcodes. As Polars expressions over whole columns.

Each module has ``normalised(value)``, ``verdict(value)`` and the columns of values that may be used in
matching. Forms, checks and placeholders follow the public definitions named in each module. A number is
never repaired: one that a spreadsheet has damaged has the verdict ``damaged`` and is not used.
"""
