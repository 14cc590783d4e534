"""Running a schema and rules over a return, and the report that comes of it."""

from childlink.validation.check import check_rule

__all__ = ["check_rule"]
