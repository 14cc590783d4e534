"""AD1: children adopted in the year."""
