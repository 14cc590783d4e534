"""One linkage from files to files: read, standardise, link, give ids, write."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from childlink.errors import InputFault, UsageFault, unknown_name
from childlink.file_set import finish_interrupted
from childlink.linkage.by_record import with_columns_of
from childlink.linkage.completeness import completeness, identifier_verdicts
from childlink.linkage.config import BLOCKING_FIELDS, LinkConfig, read_config
from childlink.linkage.decisions import DECISIONS, read_decisions
from childlink.linkage.described import schema_at
from childlink.linkage.engine import LinkResult, link
from childlink.linkage.evaluate import read_both
from childlink.linkage.extracts import Extract, read_extract
from childlink.linkage.groups import Groups, evaluate_groups
from childlink.linkage.model import read_model
from childlink.linkage.outputs import (
    REGISTER_COUNTS,
    SUMMARY,
    links_with_ids,
    require_folder,
    results_of_one_run,
    summary_of,
    write_outputs,
    write_pairs,
)
from childlink.linkage.rates import link_rates, not_linkable, weights
from childlink.linkage.review import disagreements
from childlink.linkage.settings import LinkSettings
from childlink.linkage.standardise import standardise
from childlink.progress import Progress, unwatched
from childlink.register import Assignment, open_register, read_key, read_or_create_key
from childlink.register.place import file_of
from childlink.schema.model import ReturnSchema

REGISTER = "register.sqlite"


@dataclass(frozen=True)
class LinkRun:
    """What ``run_link`` did. ``summary``: what summary.json holds. ``files``: name to path.
    ``key_file_made``: whether the key was made in this run."""

    result: LinkResult
    summary: dict[str, Any]
    files: Mapping[str, Path]
    register_location: str
    key_file: Path
    key_file_made: bool


def run_link(
    *,
    sources: Mapping[str, Path],
    output: Path,
    config: Path | None = None,
    schemas: Mapping[str, str] | None = None,
    register: str | None = None,
    key_file: Path | None = None,
    seed: int | None = None,
    at: str | None = None,
    fuzzy: bool = True,
    model: Path | None = None,
    decisions: Path | None = None,
    progress: Progress = unwatched,
) -> LinkRun:
    """Link the extracts ``sources`` (name to file) and write the results into the folder ``output``.

    ``schemas``: source to a file that describes it, or the name of a return that ships, in place of what ``config``
    names. ``register``: file or URL of the register of child ids, ``output``/register.sqlite by default; its key is
    in ``key_file``, by default beside it. With ``seed`` new ids are drawn from it, else from the system's
    randomness; the linkage itself never depends on chance. ``model``: a model.json of an earlier run to score
    with. ``decisions``: what people decided, by default ``output``/decisions.csv, if it is there. ``at``: when,
    for the register to keep.

    Raises ChildlinkError for whatever is wrong with what was given; then nothing is written, and the register
    is as it was. Where the disk is full, or the process is killed, once the register has given its ids, the
    results are those of the last finished run; the next run gives them the same ids, and writes no event.
    """
    if not sources:
        raise UsageFault(
            "no extract was given",
            allowed="one extract, to find its repeats, or several, each as NAME=FILE",
            next_step="childlink link education=education.csv health=health.csv --output OUT",
        )
    require_folder(output)
    finish_interrupted(output)
    location = register if register is not None else str(output / REGISTER)
    key_path = _key_path(location, key_file)
    said = read_config(config, sources=list(sources)) if config else LinkConfig()
    if model is not None and not fuzzy:
        raise UsageFault("a model is not used by exact passes", next_step="leave out --no-fuzzy or --model")
    trained = read_model(model) if model is not None else None
    decided = _decisions(decisions, output)
    said = said.with_schemas(_schemas(schemas or {}, sources))
    progress("reading", 0, 1)
    extracts = [read_extract(name, path, said.mapping_for(name)) for name, path in sources.items()]
    records = standardise(extracts)
    settings = settings_of(said, fuzzy=fuzzy)
    numbers = strong_numbers(records, settings)
    records = with_seals(records, numbers, location, key_path)
    result = link(records, settings=settings, trained=trained, decisions=decided, progress=progress)
    # opened before the register is: a place that cannot be written to is told of before any id is given, and two
    # runs cannot write their results in another order than the register took them
    with results_of_one_run(output) as staging, ThreadPoolExecutor(max_workers=1) as aside:
        # the register is one thread's work: what child ids have no part in is counted and written beside it
        counted = aside.submit(_counts, result, extracts, records, settings)
        pairs_written = aside.submit(write_pairs, staging, result.pairs)
        progress("giving child ids", 0, 1)
        made = not key_path.exists()
        key = read_key(key_path) if _is_there(location) else read_or_create_key(key_path)
        with open_register(location, key, seed=seed) as opened:
            clusters = result.links.select("source", "record_id", "cluster")
            held = records.select("source", "record_id", "sealed").with_columns(numbers)
            assignment = opened.assign(with_columns_of(clusters, held), at=at)
        progress("writing", 0, 1)
        pairs_written.result()
        summary = _write(staging, result, extracts, records, assignment, settings, seed, counted.result())
    return LinkRun(
        result=result,
        summary=summary,
        files={name: output / name for name in (*summary["files"], SUMMARY)},
        register_location=location,
        key_file=key_path,
        key_file_made=made,
    )


@dataclass(frozen=True)
class _Counts:
    """What a run's summary says of records and pairs that child ids have no part in."""

    verdicts: pl.DataFrame
    completeness: pl.DataFrame
    weights: list[dict[str, Any]]
    not_linkable: list[dict[str, Any]]


def _counts(
    result: LinkResult, extracts: list[Extract], records: pl.DataFrame, settings: LinkSettings
) -> _Counts:
    verdicts = identifier_verdicts(extracts)
    return _Counts(
        verdicts=verdicts,
        completeness=completeness(extracts, records, verdicts),
        weights=weights(result.pairs),
        not_linkable=not_linkable(records, result.model, settings),
    )


def _write(
    staging: Path,
    result: LinkResult,
    extracts: list[Extract],
    records: pl.DataFrame,
    assignment: Assignment,
    settings: LinkSettings,
    seed: int | None,
    counts: _Counts,
) -> dict[str, Any]:
    """Write the files of the run into ``staging``; gives what summary.json holds."""
    links = links_with_ids(result.links, assignment.assignments)
    review = pl.concat([result.review, disagreements(assignment.bridges, assignment.splits)])
    summary = summary_of(
        result,
        links=links,
        review=review,
        inputs=_inputs(extracts),
        completeness=counts.completeness,
        numbers=counts.verdicts,
        settings=settings,
        seed=seed,
        register={name: getattr(assignment, name) for name in REGISTER_COUNTS},
        told={
            "weights": counts.weights,
            "link_rates": link_rates(records, links),
            "not_linkable": counts.not_linkable,
        },
    )
    return write_outputs(staging, links=links, review=review, result=result, summary=summary)


def run_evaluate_groups(
    *, links: Path, truth: Path, sources: Mapping[str, Path], config: Path | None = None
) -> Groups:
    """A links.csv against a truth by group, from the extracts that were linked. See ``groups``."""
    said = read_config(config, sources=list(sources)) if config else LinkConfig()
    extracts = [read_extract(name, path, said.mapping_for(name)) for name, path in sources.items()]
    return evaluate_groups(*read_both(links=links, truth=truth), standardise(extracts))


def _schemas(given: Mapping[str, str], sources: Mapping[str, Path]) -> dict[str, ReturnSchema]:
    for name in given:
        if name not in sources:
            raise unknown_name("source of --schema", name, sources)
    return {name: schema_at(path) for name, path in given.items()}


def settings_of(config: LinkConfig, *, fuzzy: bool) -> LinkSettings:
    """The settings that link.toml and the command line leave in force."""
    columns = {
        **BLOCKING_FIELDS,
        **{identifier.name: f"id_{identifier.name}" for identifier in config.identifiers},
        **{name: f"x_{name}" for name in config.fields},
    }
    return LinkSettings(
        own_keys=tuple(tuple(columns[name] for name in key) for key in config.blocking),
        children=config.children,
        fuzzy=fuzzy,
        single_sources=frozenset(
            name for name, mapping in config.sources.items() if mapping.duplicates == "none"
        ),
        source_identifiers=frozenset(f"id_{i.name}" for i in config.identifiers if i.scope == "source"),
        accept_weight=config.settings.get("accept_weight", LinkSettings.accept_weight),
        review_weight=config.settings.get("review_weight", LinkSettings.review_weight),
        lead=config.settings.get("lead", LinkSettings.lead),
    )


def strong_numbers(records: pl.DataFrame, settings: LinkSettings) -> pl.Series:
    """numbers (List(String)): the identifiers of each record that mean one child in every source, each as
    "kind:value", in the order of ``records``. Former and present UPNs are of one kind; temporary ones are none."""
    kinds = {"nhs_number": "nhs", "upn": "upn", "former_upn": "upn", "uln": "uln"}
    further = [name for name in records.columns if name.startswith("id_")]
    kinds |= {name: name for name in further if name not in settings.source_identifiers}
    said = [
        pl.concat_str(pl.lit(f"{kind}:"), name) for name, kind in kinds.items() if name in records.columns
    ]
    return records.select(pl.concat_list(said).list.drop_nulls().alias("numbers")).to_series()


def _decisions(given: Path | None, output: Path) -> pl.DataFrame:
    if given is not None and not given.is_file():
        raise InputFault(f"{given} is not there", next_step="check the path given to --decisions")
    return read_decisions(given if given is not None else output / DECISIONS)


def with_seals(records: pl.DataFrame, numbers: pl.Series, location: str, key_path: Path) -> pl.DataFrame:
    """``records`` with the seals of the register that is there, if any, beside those of the extracts."""
    if not (_is_there(location) if file_of(location) else key_path.exists()):
        return records
    with open_register(location, read_key(key_path)) as opened:
        held = opened.sealed(records.select("source", "record_id").with_columns(numbers))
    return records.with_columns(sealed=pl.col("sealed") | held)


def _is_there(location: str) -> bool:
    """Whether the register is a file that holds something."""
    path = file_of(location)
    return path is not None and path.is_file() and path.stat().st_size > 0


def _key_path(location: str, key_file: Path | None) -> Path:
    if key_file is not None:
        return key_file
    if "://" in location:
        raise UsageFault(
            "a register that is no file needs a key file",
            next_step="add --key-file FILE, in a place only you may read",
        )
    return Path(f"{location}.key")


def _inputs(extracts: list[Extract]) -> list[dict[str, Any]]:
    return [
        {
            "source": extract.source,
            "file": extract.path.name,
            "records": extract.cells.height,
            "sha256": extract.sha256,
            "date_form": extract.date_form.name if extract.date_form else None,
            "columns": {field: list(headings) for field, headings in sorted(extract.columns.items())},
            "ignored_columns": list(extract.ignored),
        }
        for extract in sorted(extracts, key=lambda extract: extract.source)
    ]
