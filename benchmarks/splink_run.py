"""Splink on the same extracts, with the settings of someone who knows it: a process of its own.

    python benchmarks/splink_run.py FOLDER OUT.csv            # three extracts about children
    python benchmarks/splink_run.py FOLDER OUT.csv --febrl 3  # or 4: the FEBRL files

Needs the ``bench`` extra. OUT gets source, record_id, cluster. Prints one line of JSON: seconds (of the whole
process but the imports), pairs, peak_gb. Settings: the nine blocking rules, the joint name comparison, the levels
of dates and postcodes and the term frequencies of NHS England's public Splink pipeline (nicknames left out, which
need a table of theirs), with UPN beside the NHS number; u from 100 million random pairs (``--u-pairs``; Splink's own
guide holds 10 million for enough while a model is tried out and a billion for best, and most of the time of a small
run is this); m by EM in four passes; clusters at a match probability of 0.95, which is the best of the usual cuts on
data like these.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

CHILDREN = {
    "education": ("forename", "surname", "sex", "date_of_birth", "postcode", None, "upn"),
    "health": ("given_name", "family_name", "gender_code", "birth_date", "postcode", "nhs_number", None),
    "social_care": ("forename", "surname", "sex", "dob", "placement_postcode", "nhs_number", "upn"),
}
_DATES = {"education": "%Y-%m-%d", "health": "%Y%m%d", "social_care": "%d/%m/%Y"}
THRESHOLD = 0.95


def main() -> int:
    """Link and write the clusters."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--febrl", type=int, choices=(3, 4))
    parser.add_argument("--u-pairs", type=float, default=1e8)
    given = parser.parse_args()
    import duckdb
    import splink  # noqa: F401 - its import is not counted

    start = time.perf_counter()
    con = duckdb.connect()
    con.execute("SET threads = 2")
    tables = febrl(con, given.folder, given.febrl) if given.febrl else children(con, given.folder)
    pairs = link(con, tables, given.out, given.febrl, given.u_pairs)
    told = {
        "seconds": round(time.perf_counter() - start, 2),
        "pairs": pairs,
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    }
    print(json.dumps(told))
    return 0


def children(con: Any, folder: Path) -> list[str]:
    """The extracts as tables of one shape, cleaned as a careful analyst would."""
    for source, names in CHILDREN.items():
        forename, surname, sex, born, postcode, nhs, upn = names
        number = f"nullif(trim({nhs}), '')" if nhs else "NULL"
        pupil = f"CASE WHEN regexp_matches({upn}, '^[A-Z][0-9]{{12}}$') THEN {upn} END" if upn else "NULL"

        def clean(column: str) -> str:
            folded = f"regexp_replace(upper(strip_accents(trim({column}))), '[^A-Z]+', ' ', 'g')"
            none = "'^(BABY|UNBORN|TWIN|INFANT|UNKNOWN).*'"
            return f"CASE WHEN NOT regexp_matches({folded}, {none}) THEN nullif(trim({folded}), '') END"

        con.execute(f"""
            CREATE TABLE {source} AS
            SELECT *, forename || ' ' || surname AS full_name, substr(postcode, 1, length(postcode) - 3) AS outcode,
                   substr(postcode, 1, length(postcode) - 2) AS sector, regexp_extract(postcode, '^[A-Z]+') AS area,
                   string_split(forename, ' ') AS forenames, string_split(surname, ' ') AS surnames,
                   substr(surname, 1, 1) || regexp_replace(substr(surname, 2), '[AEIOUYHW]', '', 'g')
                       AS surname_sounds
            FROM (SELECT '{source}' AS source_dataset, record_id AS unique_id,
                   {clean(forename)} AS forename, {clean(surname)} AS surname,
                   CASE WHEN upper({sex}) IN ('M', '1') THEN 'M' WHEN upper({sex}) IN ('F', '2') THEN 'F' END AS sex,
                   try_strptime({born}, '{_DATES[source]}')::DATE AS dob,
                   nullif(regexp_replace(upper({postcode}), '[^A-Z0-9]', '', 'g'), '') AS postcode,
                   CAST({number} AS VARCHAR) AS nhs_number, CAST({pupil} AS VARCHAR) AS upn
            FROM read_csv('{folder / f"{source}.csv"}', all_varchar=true))
        """)
    return list(CHILDREN)


def febrl(con: Any, folder: Path, number: int) -> list[str]:
    """The FEBRL files as tables."""
    sources = ["febrl3"] if number == 3 else ["a", "b"]
    for source in sources:
        con.execute(f"""
            CREATE TABLE {source} AS
            SELECT '{source}' AS source_dataset, record_id AS unique_id, nullif(trim(given_name), '') AS forename,
                   nullif(trim(surname), '') AS surname, nullif(trim(date_of_birth), '') AS dob,
                   nullif(trim(postcode), '') AS postcode, nullif(trim(suburb), '') AS suburb,
                   nullif(trim(address_1), '') AS address_1, nullif(trim(soc_sec_id), '') AS soc_sec_id
            FROM read_csv('{folder / f"{source}.csv"}', all_varchar=true)
        """)
    return sources


def _children_settings() -> dict[str, Any]:
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import block_on

    name = cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.Or(cll.NullLevel("forename"), cll.NullLevel("surname")),
            cll.ExactMatchLevel("full_name", term_frequency_adjustments=True),
            cll.ColumnsReversedLevel("forename", "surname"),
            cll.And(cll.JaroWinklerLevel("forename", 0.88), cll.JaroWinklerLevel("surname", 0.88)),
            cll.And(cll.ArrayIntersectLevel("forenames", 1), cll.ArrayIntersectLevel("surnames", 1)),
            cll.ExactMatchLevel("forename", term_frequency_adjustments=True),
            cll.ExactMatchLevel("surname", term_frequency_adjustments=True),
            cll.ElseLevel(),
        ],
    )
    born = cl.CustomComparison(
        output_column_name="dob",
        comparison_levels=[
            cll.NullLevel("dob"),
            cll.ExactMatchLevel("dob"),
            cll.CustomLevel("levenshtein(CAST(dob_l AS VARCHAR), CAST(dob_r AS VARCHAR)) <= 1", "one digit"),
            cll.CustomLevel(
                "year(dob_l) = year(dob_r) AND day(dob_l) = month(dob_r) AND month(dob_l) = day(dob_r)",
                "day and month swapped",
            ),
            cll.CustomLevel(
                "(year(dob_l) = year(dob_r))::INT + (month(dob_l) = month(dob_r))::INT "
                "+ (day(dob_l) = day(dob_r))::INT = 2",
                "two parts of three",
            ),
            cll.ElseLevel(),
        ],
    )
    living = cl.CustomComparison(
        output_column_name="postcode",
        comparison_levels=[
            cll.NullLevel("postcode"),
            cll.ExactMatchLevel("postcode", term_frequency_adjustments=True),
            cll.LevenshteinLevel("postcode", 1),
            cll.ExactMatchLevel("sector", term_frequency_adjustments=True),
            cll.ExactMatchLevel("outcode", term_frequency_adjustments=True),
            cll.ExactMatchLevel("area", term_frequency_adjustments=True),
            cll.ElseLevel(),
        ],
    )
    exact = [cl.ExactMatch("sex"), cl.ExactMatch("nhs_number"), cl.ExactMatch("upn")]
    rules = [
        block_on("nhs_number"), block_on("upn"), block_on("dob", "sex", "outcode"),
        block_on("sex", "surname_sounds", "dob"), block_on("sex", "surname", "year(dob)", "day(dob)"),
        block_on("postcode"), block_on("forename", "dob"), block_on("forename", "outcode"),
        block_on("surname", "dob"), block_on("surname", "outcode"),
    ]  # fmt: skip
    return {
        "comparisons": [name, born, living, *exact],
        "blocking": rules,
        "training": [
            block_on("dob", "postcode"),
            block_on("forename", "surname"),
            block_on("nhs_number"),
            block_on("upn"),
        ],
        "deterministic": ["l.forename = r.forename AND l.surname = r.surname AND l.dob = r.dob"],
    }


def _febrl_settings() -> dict[str, Any]:
    import splink.comparison_library as cl
    from splink import block_on

    fields = [
        cl.JaroWinklerAtThresholds("forename", [0.9, 0.8]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("surname", [0.9, 0.8]).configure(term_frequency_adjustments=True),
        cl.LevenshteinAtThresholds("dob", [1, 2]),
        cl.LevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.JaroWinklerAtThresholds("suburb", [0.9, 0.8]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]),
        cl.LevenshteinAtThresholds("postcode", [1]),
    ]
    rules = [
        block_on("soc_sec_id"), block_on("dob"), block_on("forename", "surname"), block_on("postcode", "surname"),
        block_on("postcode", "forename"), block_on("address_1"), block_on("suburb", "surname"),
    ]  # fmt: skip
    return {
        "comparisons": fields,
        "blocking": rules,
        "training": [block_on("dob"), block_on("soc_sec_id")],
        "deterministic": ["l.soc_sec_id = r.soc_sec_id AND l.dob = r.dob"],
    }


def link(con: Any, tables: list[str], out: Path, febrl_number: int | None, u_pairs: float) -> int:
    """Train, predict and cluster; the number of pairs scored."""
    from splink import DuckDBAPI, Linker, SettingsCreator

    said = _febrl_settings() if febrl_number else _children_settings()
    kind = {3: "dedupe_only", 4: "link_only"}.get(febrl_number or 0, "link_and_dedupe")
    settings = SettingsCreator(
        link_type=kind,
        comparisons=said["comparisons"],
        blocking_rules_to_generate_predictions=said["blocking"],
        max_iterations=25,
    )
    api = DuckDBAPI(connection=con)
    frames = [api.register(table) for table in tables] if hasattr(api, "register") else tables
    linker = Linker(frames if len(frames) > 1 else frames[0], settings)
    linker.training.estimate_probability_two_random_records_match(said["deterministic"], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=u_pairs, seed=1)
    for rule in said["training"]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    scored = linker.inference.predict(threshold_match_probability=0.05)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        scored, threshold_match_probability=THRESHOLD
    )
    name = clusters.physical_name
    columns = {row[0] for row in con.execute(f"DESCRIBE {name}").fetchall()}
    source = "source_dataset" if "source_dataset" in columns else f"'{tables[0]}'"
    con.execute(
        f"COPY (SELECT {source} AS source, unique_id AS record_id, cluster_id AS cluster FROM {name}) "
        f"TO '{out}' (HEADER)"
    )
    return int(con.execute(f"SELECT count(*) FROM {scored.physical_name}").fetchone()[0])


if __name__ == "__main__":
    sys.exit(main())
