"""The data sheet of a package: what it is and how it may be used, in plain words, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from childlink.sharing import generalise
from childlink.sharing.agreement import Agreement
from childlink.sharing.disclosure import PRESETS

_HOLDS = """## What you hold

The names, numbers, record ids, full dates and full postcodes of the children have been taken out. Each child
is called by a pseudonym, which is the same in every file of this package, and in later packages to you for this
purpose until it says that the epoch has changed. Nobody else gets the same pseudonyms, so your files cannot be
joined with anybody else's by them. **The data are still personal data**: whoever holds the key can undo the
pseudonyms, and what is known of a child may tell who it is."""

_MUST_NOT = """## What you must not do

- try to find out who a child is, or join these files with others for that: without the consent of the
  controller it is an offence (Data Protection Act 2018, section 171)
- pass the files on, or use them for anything but the purpose above
- publish small numbers: hide and round counts as the tables here do

If you believe that you know who a child is, or that files were lost or seen by others, tell the sender at once."""


def written(agreement: Agreement, manifest: Mapping[str, Any]) -> str:
    """The data sheet of the package that ``manifest`` describes."""
    disclosure = manifest["disclosure"]
    lines = [
        f"# Data sheet: {agreement.recipient_name}",
        "",
        f"Made on {manifest['made']} by childlink {manifest['version']}. The same in figures: manifest.json.",
        "",
        "## For whom, for what, on what ground, until when",
        "",
        f"- recipient: {agreement.recipient_name} ({agreement.recipient})",
        f"- purpose: {agreement.purpose_in_words} ({agreement.purpose})",
        f"- legal basis: {agreement.legal_basis}",
        f"- to be held no longer than: {agreement.retention.isoformat()}; then {agreement.after_retention}",
        *([f"- questions to: {agreement.contact}"] if agreement.contact else []),
        "",
        _HOLDS,
        "",
        f"Pseudonyms: epoch {manifest['pseudonyms']['epoch']}, check {manifest['pseudonyms']['check']}. Two packages",
        "whose checks are the same can be joined.",
        "",
        "## What is in the files",
    ]
    for held in manifest["files"]:
        lines += ["", *_file(held, agreement)]
    lines += ["", "## What was done so that few children stand out", "", *_control(disclosure)]
    lines += ["", _MUST_NOT, ""]
    return "\n".join(lines)


def _file(held: Mapping[str, Any], agreement: Agreement) -> list[str]:
    if "table" in held:
        return [
            f"### {held['file']}",
            "",
            f"Counts of children by {' and '.join(held['table'])}. {_preset(held['preset'])}",
        ]
    rows = [
        f"### {held['file']}: {held['rows']:,} rows, {held['children']:,} children",
        "",
        "| column | what it holds |",
        "|---|---|",
        "| pseudonym | stands for the child |",
    ]
    for column in held["columns"]:
        words = generalise.IN_WORDS[column["as"]]
        if agreement.reference_date is not None:
            words = words.replace("the agreement's reference date", agreement.reference_date.isoformat())
        lost = column["not_understood"]
        more = f"; {lost:,} cells could not be read and are empty" if lost else ""
        rows.append(f"| {_cell(column['name'])} | {words}{more} |")
    return rows


def _control(disclosure: Mapping[str, Any]) -> list[str]:
    quasi = ", ".join(disclosure["quasi_identifiers"]) or "nothing"
    found = f"{disclosure['k_found']} (wanted: {disclosure['k_wanted']})"
    lines = [f"- Children are alike in {quasi}, all files taken together, in groups of at least {found}."]
    if disclosure["sensitive"]:
        lines.append(
            f"- In each group there are at least {disclosure['l_found']} values of each of "
            f"{', '.join(disclosure['sensitive'])} (wanted: {disclosure['l_wanted']})."
        )
    if disclosure["left_out"] != "none":
        lines.append(
            f"- Children in smaller groups were left out ({disclosure['left_out']} of them). They are not a "
            "random part: say so where it matters."
        )
    if disclosure["reason_below_k"]:
        lines.append(f"- Smaller groups were let through, because: {disclosure['reason_below_k']}")
    if disclosure["not_checked"]:
        lines.append(
            f"- Not among what the agreement has checked: {', '.join(disclosure['not_checked'])}. "
            "These too may tell who a child is."
        )
    return lines


def _preset(name: str) -> str:
    preset = PRESETS[name]
    rounded = f", others rounded to the nearest {preset.base}" if preset.base > 1 else ", others as they are"
    return (
        f'Counts of {preset.least_hidden} to {preset.most_hidden} are hidden as "{preset.symbol}"{rounded}, and '
        "more are hidden where a total would give a small one away. Rows and columns need not add up."
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
