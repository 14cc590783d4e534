"""``childlink share``: a package for one recipient and purpose, whole or not at all.

A package is a folder: one CSV file for each extract, tables of counts, manifest.json, data_sheet.md. It is made
beside its place, noted in the audit log, and only then given its name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from childlink import __version__
from childlink.errors import OutputFault, UsageFault
from childlink.files import csv_for_people, folder_written_whole, take_place
from childlink.linkage.config import LinkConfig, read_config
from childlink.progress import Progress, unwatched
from childlink.sharing import audit, data_sheet
from childlink.sharing.agreement import LEAVE_OUT, Agreement, read_agreement
from childlink.sharing.anonymity import Anonymity, measured
from childlink.sharing.areas import read_lsoas
from childlink.sharing.contents import Part, part_of, quasi_identifiers, require_sources, unchecked
from childlink.sharing.differencing import FewDiffer, few_that_differ, fingerprint
from childlink.sharing.disclosure import PRESETS
from childlink.sharing.key_file import MasterKey, read_master_key, write_private
from childlink.sharing.people import key_path, people_of
from childlink.sharing.pseudonyms import BITS, pseudonym_check, pseudonyms
from childlink.sharing.sources import SharedSource, read_source
from childlink.sharing.tables import protected_table

SCHEMA = "childlink.share/1"
MANIFEST_SCHEMA = "childlink.package/1"
MANIFEST = "manifest.json"
DATA_SHEET = "data_sheet.md"
SHARED = "shared"


@dataclass(frozen=True)
class ShareRun:
    """What ``share`` did. ``package``: the folder, or None where disclosure control refused. ``anonymity``: what
    was found before any child was left out; ``left_out``: how many children were, and ``sealed``: how many
    records were held back for a seal; neither is told to the recipient but as a rounded number, or at all.
    ``few_differ``: files that differ from an earlier package's by fewer than k children: see ``differencing``."""

    package: Path | None
    manifest: Mapping[str, Any] | None
    agreement: Agreement
    anonymity: Anonymity = field(repr=False)
    left_out: int
    sealed: int
    epoch: int
    audit_log: Path
    audit_entry: int
    few_differ: Sequence[FewDiffer] = ()

    def as_object(self, *, show_values: bool = False) -> dict[str, Any]:
        """For JSON. Values of the smallest groups only with ``show_values``."""
        return {
            "schema": SCHEMA,
            "status": "made" if self.package is not None else "refused",
            "package": None if self.package is None else str(self.package),
            "recipient": self.agreement.recipient,
            "purpose": self.agreement.purpose,
            "epoch": self.epoch,
            "disclosure": self.anonymity.as_object(show_values=show_values),
            "children_left_out": self.left_out,
            "few_differ_from_earlier": [one.as_object() for one in self.few_differ],
            "sealed_records_held_back": self.sealed,
            "audit": {"file": str(self.audit_log), "entry": self.audit_entry},
            "files": None if self.manifest is None else self.manifest["files"],
        }


def share(
    *,
    sources: Mapping[str, Path],
    agreement: Path,
    register: str,
    output: Path,
    at: str,
    key_file: Path | None = None,
    config: Path | None = None,
    postcodes: Path | None = None,
    audit_log: Path | None = None,
    below_k: str | None = None,
    login: str | None = None,
    progress: Progress = unwatched,
) -> ShareRun:
    """Make the package that ``agreement`` allows, in the new folder ``output``, from the linked extracts ``sources``.

    ``register``: file or URL; it says which child each record is, and what is sealed. ``key_file``: the master
    key, by default beside the register. ``at``: date and time (ISO); its date is the package's. ``below_k``: the
    reason why groups smaller than the agreement's k may leave all the same; it is written into the audit log
    and the manifest. ``login``: who the machine says is sharing, for the log.

    Raises ChildlinkError for whatever is wrong with what was given; then no package is made. Where disclosure
    control refuses, the result says so, and nothing is made either. A package that differs by few children from an
    earlier one that the log knows is made, and the result says so: what came or went since may be what it is for.
    """
    said = read_agreement(agreement)
    today = date.fromisoformat(at[:10])
    if today > said.retention:
        raise UsageFault(
            f"the agreement ended on {said.retention.isoformat()}",
            allowed="a package on or before that day",
            next_step="make a new agreement with the recipient",
        )
    require_sources(said, list(sources))
    reason = audit.reason_for_log(below_k) if below_k is not None else None
    require_new_folder(output)
    key_place = key_path(register, key_file)
    key = read_master_key(key_place)
    log = audit_log if audit_log is not None else audit.beside(key_place)
    audit.require_ready(log, key)
    directory = read_lsoas(postcodes) if said.needs_lsoa else None
    links = read_config(config, sources=list(sources)) if config is not None else LinkConfig()
    progress("reading", 0, 1)
    extracts = [read_source(name, path, links) for name, path in sources.items()]
    progress("finding children", 0, 1)
    people = people_of(extracts, register=register, key=key, config=links)
    progress("generalising", 0, 1)
    parts = [part_of(extract, people.children[extract.source], said, directory) for extract in extracts]
    found = _measured(parts, said)
    kept, refused = _after_control(parts, found, said, allowed=reason is not None)
    note = {"login": login, **_note(said, key, extracts, found)}
    if refused:
        entry = audit.append(
            log, key, what=audit.REFUSED, said={**note, "of": SHARED, "why": "disclosure"}, at=at
        )
        return ShareRun(None, None, said, found, 0, people.sealed, key.epoch, log, entry)
    progress("writing", 0, 1)
    after = found if kept is parts else _measured(kept, said)
    left_out = found.children - after.children
    members, close = _compared(kept, said, key, log)
    with folder_written_whole(output) as folder:
        manifest = _write(
            folder, kept, said, key, after, left_out, reason if not after.holds else None, today
        )
        told = {
            **note,
            "reason_below_k": manifest["disclosure"]["reason_below_k"],
            "files": {held["file"]: held["sha256"] for held in manifest["files"]},
            "fingerprints": members,
            "few_differ": [one.as_object() for one in close],
        }
        entry = audit.append(log, key, what=SHARED, said=told, at=at)
        try:
            take_place(folder, output)
        except OSError as fault:
            raise OutputFault(
                f"cannot write {output}: {fault.strerror}",
                next_step="name another folder; the audit log says that a package was made, and none was",
            ) from None
    return ShareRun(
        output, manifest, said, found, left_out, people.sealed, key.epoch, log, entry, few_differ=close
    )


def require_new_folder(output: Path) -> None:
    """Raises OutputFault unless ``output`` is not there, or an empty folder."""
    if output.is_dir() and not any(output.iterdir()):
        return
    if output.exists():
        raise OutputFault(
            f"{output} is {'a folder with files in it' if output.is_dir() else 'a file'}",
            allowed="a new folder for each package",
            next_step=f"name another, as in --output {output.name}-2",
        )


def _compared(
    parts: Sequence[Part], said: Agreement, key: MasterKey, log: Path
) -> tuple[dict[str, str], list[FewDiffer]]:
    """The fingerprint of each file's children, and which differ by few from a package that the log knows."""
    k = said.disclosure.k
    members = {part.source: fingerprint(part.frame["child_id"], key, k=k) for part in parts}
    entries = audit.read(log) if log.exists() else []
    shared = [(entry["n"], entry["said"]) for entry in entries if entry["what"] == SHARED]
    earlier = [
        (n, told["fingerprints"])
        for n, told in shared
        if (told.get("recipient"), told.get("purpose")) == (said.recipient, said.purpose)
        and "fingerprints" in told
    ]
    return members, few_that_differ(members, earlier, k=k)


def _measured(parts: Sequence[Part], said: Agreement) -> Anonymity:
    quasi, sensitive = quasi_identifiers(parts, said.disclosure)
    return measured(
        {part.source: part.frame for part in parts},
        quasi_identifiers=quasi,
        sensitive=sensitive,
        k=said.disclosure.k,
        l=said.disclosure.l,
    )


def _after_control(
    parts: list[Part], found: Anonymity, said: Agreement, *, allowed: bool
) -> tuple[list[Part], bool]:
    """The parts that may leave, and whether they are refused altogether. Whole groups go, so none gets smaller."""
    if found.holds or allowed:
        return parts, found.children == 0
    if said.disclosure.small_groups != LEAVE_OUT:
        return parts, True
    gone = found.small.implode()
    kept = [
        Part(
            p.source, p.columns, p.frame.filter(~pl.col("child_id").is_in(gone)), p.not_understood, p.telling
        )
        for p in parts
    ]
    return kept, len(found.small) == found.children


def _note(
    said: Agreement, key: MasterKey, extracts: Sequence[SharedSource], found: Anonymity
) -> dict[str, Any]:
    """What the audit log is told of a package: counts and hashes."""
    return {
        "recipient": said.recipient,
        "purpose": said.purpose,
        "epoch": key.epoch,
        "agreement": said.sha256,
        "extracts": {extract.source: extract.sha256 for extract in extracts},
        "disclosure": {
            "k": found.k,
            "l": found.l,
            "children": found.children,
            "in_small_groups": len(found.small),
        },
    }


def _write(
    folder: Path,
    parts: Sequence[Part],
    said: Agreement,
    key: MasterKey,
    found: Anonymity,
    left_out: int,
    reason: str | None,
    today: date,
) -> dict[str, Any]:
    """Write the files of the package; gives the manifest, which is one of them."""
    held = [_write_part(folder, part, said, key) for part in parts]
    held += [_write_table(folder, table, parts, said) for table in said.tables]
    quasi, _ = quasi_identifiers(parts, said.disclosure)
    preset = PRESETS[said.disclosure.preset]
    disclosure = {
        name: value
        for name, value in found.as_object().items()
        if name in ("quasi_identifiers", "sensitive", "k_wanted", "k_found", "l_wanted", "l_found")
    }
    manifest = {
        "schema": MANIFEST_SCHEMA,
        "version": __version__,
        "made": today.isoformat(),
        "recipient": {"id": said.recipient, "name": said.recipient_name},
        "purpose": {"id": said.purpose, "in_words": said.purpose_in_words},
        "legal_basis": said.legal_basis,
        "retention": said.retention.isoformat(),
        "reference_date": said.reference_date.isoformat() if said.reference_date else None,
        "agreement": {"file": said.file, "sha256": said.sha256},
        "pseudonyms": {
            "epoch": key.epoch,
            "check": pseudonym_check(key, recipient=said.recipient, purpose=said.purpose),
            "method": f"HMAC-SHA256, {BITS} bits",
        },
        "disclosure": {
            **disclosure,
            "left_out": preset.shown(left_out) if left_out else "none",
            "reason_below_k": reason,
            "not_checked": unchecked(parts, quasi),
        },
        "files": held,
    }
    sheet = data_sheet.written(said, manifest).encode()
    write_private(folder / DATA_SHEET, sheet)
    manifest["data_sheet"] = {"file": DATA_SHEET, "sha256": hashlib.sha256(sheet).hexdigest()}
    write_private(folder / MANIFEST, (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
    return manifest


def _write_part(folder: Path, part: Part, said: Agreement, key: MasterKey) -> dict[str, Any]:
    names = pseudonyms(part.frame["child_id"], key, recipient=said.recipient, purpose=said.purpose)
    # sorted by everything, so that the order of the rows says nothing of the extract's
    frame = part.frame.drop("child_id").insert_column(0, names).sort(pl.all(), nulls_last=True)
    return {
        **_write_csv(folder, f"{part.source}.csv", frame),
        "rows": frame.height,
        "children": frame["pseudonym"].n_unique(),
        "columns": [
            {
                "name": c.name,
                "from": c.key,
                "as": c.word,
                "not_understood": part.not_understood.get(c.name, 0),
            }
            for c in part.columns
        ],
    }


def _write_table(folder: Path, table: Any, parts: Sequence[Part], said: Agreement) -> dict[str, Any]:
    part = next(part for part in parts if part.source == table.source)
    wanted = [table.rows, *([table.columns] if table.columns else [])]
    # a child of several rows counts once for each thing they say of it
    counted = part.frame.select("child_id", *wanted).unique()
    frame = protected_table(
        counted, rows=table.rows, columns=table.columns, preset=PRESETS[said.disclosure.preset]
    )
    return {
        **_write_csv(folder, f"table-{table.name}.csv", frame),
        "table": wanted,
        "preset": said.disclosure.preset,
    }


def _write_csv(folder: Path, name: str, frame: pl.DataFrame) -> dict[str, Any]:
    data = csv_for_people(frame).encode()
    write_private(folder / name, data)
    return {"file": name, "sha256": hashlib.sha256(data).hexdigest()}
