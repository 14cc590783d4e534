"""Made-up returns of any schema: everything that is made follows from the schema and the rules of the return."""

from childlink.synth.from_schema.made import MadeReturn, make_from_schema, make_of_book

__all__ = ["MadeReturn", "make_from_schema", "make_of_book"]
