"""What is wrong with the file itself and no DfE rule is about."""

from __future__ import annotations

from childlink.rules.cin.tables import book, schema
from childlink.rules.registry import ELEMENTS, Rule

book.add(
    Rule(
        code=ELEMENTS,
        message="The file holds an element that is not read, or lacks one that every return has.",
        severity="error",
        documented=(
            "An element of the XML that the return of the year does not have, that stands more than once where one "
            "is allowed (the first is read), or that every return has and this one lacks. One finding for each "
            "path; the report's run says how many there are and why."
        ),
        subject="structure",
        since=schema.years[0],
        flags=(),
        fields=(),
        whole_return=True,
    )
)
