"""Running a schema and rules over a return, and the report that comes of it."""

from childlink.validation.check import check_findings, check_rule
from childlink.validation.report import Report
from childlink.validation.validate import validate_files

__all__ = ["Report", "check_findings", "check_rule", "validate_files"]
