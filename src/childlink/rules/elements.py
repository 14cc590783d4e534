"""The check that a file of nested elements (XML, JSON) holds what its return has and nothing else."""

from __future__ import annotations

from childlink.rules.registry import ELEMENTS, Rule
from childlink.schema.model import ReturnSchema


def elements_rule(schema: ReturnSchema, *, message: str, condition: str) -> Rule:
    """The rule ELEMENTS of a return: a finding of the whole return for each path, which reading the file decides."""
    return Rule(
        code=ELEMENTS,
        message=message,
        severity="error",
        documented=condition,
        subject="structure",
        since=schema.years[0],
        flags=(),
        fields=(),
        whole_return=True,
    )


IN_XML = {
    "message": "The file holds an element that is not read, or lacks one that every return has.",
    "condition": (
        "An element of the XML that the return of the year does not have, that stands more than once where one "
        "is allowed (the first is read), or that every return has and this one lacks. One finding for each "
        "path; the report's run says how many there are and why."
    ),
}
"""The words of the rule for a return that comes as XML."""

IN_JSON = {
    "message": "The file holds an item that is not read as it stands: unknown, of another type, null or repeated.",
    "condition": (
        "An item of the JSON that the payload does not have, that is of another type than it should be (a number "
        "for a text, a text for true or false, an object for an array), that is null or an empty text where it "
        "should be left out, or that stands more than once in one object (the last is read). One finding for each "
        "path; the report's run says how many there are, why, and in which payload the first stands."
    ),
}
"""The words of the rule for a return that comes as JSON."""
