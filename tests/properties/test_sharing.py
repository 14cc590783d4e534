"""Laws of sharing: over any data, nothing small can be found again, and fast equals slow."""

from __future__ import annotations

import itertools
import string
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.errors import ChildlinkError
from childlink.files import csv_for_people, harmless, restored
from childlink.register.child_id import ALPHABET, check_symbol
from childlink.sharing import audit
from childlink.sharing.agreement import read_agreement
from childlink.sharing.anonymity import measured
from childlink.sharing.disclosure import PRESETS, Preset
from childlink.sharing.key_file import MasterKey
from childlink.sharing.pseudonyms import is_pseudonym, pseudonyms
from childlink.sharing.tables import hidden_cells, protected, with_totals
from tests.unit.sharing.conftest import AGREEMENT

KEY = MasterKey(bytes(range(32)))
SMALL = Preset("test", least_hidden=1, most_hidden=2, base=1, symbol="x")

slugs = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
child_ids = st.lists(st.text(ALPHABET, min_size=11, max_size=11), unique=True, max_size=30)
grids = st.integers(1, 3).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from([0, 0, 1, 1, 2, 3, 5, 9]), min_size=width, max_size=width),
        min_size=1,
        max_size=3,
    )
)


@given(child_ids, slugs, slugs, st.integers(1, 50))
def test_every_child_has_a_pseudonym_of_its_own_that_names_its_recipient(
    ids: list[str], recipient: str, purpose: str, epoch: int
) -> None:
    made = pseudonyms(
        pl.Series(ids, dtype=pl.String), KEY.of_epoch(epoch), recipient=recipient, purpose=purpose
    )
    assert made.n_unique() == len(ids)
    for name in made:
        body = name.rpartition("-")[2]
        assert name == f"{recipient.upper()}-{body}"
        assert check_symbol(body[:-1]) == body[-1]
        assert is_pseudonym(name, recipient)


@given(child_ids, st.lists(st.tuples(slugs, slugs, st.integers(1, 3)), unique=True, min_size=2, max_size=4))
def test_no_two_recipients_purposes_or_epochs_share_a_pseudonym(
    ids: list[str], whom: list[tuple[str, str, int]]
) -> None:
    bodies = [
        name.rpartition("-")[2]
        for recipient, purpose, epoch in whom
        for name in pseudonyms(
            pl.Series(ids, dtype=pl.String), KEY.of_epoch(epoch), recipient=recipient, purpose=purpose
        )
    ]
    assert len(set(bodies)) == len(bodies)


@given(grids)
@settings(max_examples=150)
def test_no_small_count_can_be_found_again_from_what_is_shown(grid: list[list[int]]) -> None:
    table = with_totals(grid)
    hidden = hidden_cells(table, SMALL)
    small = {(i, j) for i, line in enumerate(table) for j, n in enumerate(line) if SMALL.hides(n)}
    assert small <= hidden
    inner = sorted((i, j) for i, j in hidden if i < len(grid) and j < len(grid[0]))
    # by trying: tables of whole numbers one more or less in the hidden cells that show the same
    values = defaultdict(set)
    for changes in itertools.product((-1, 0, 1), repeat=len(inner)):
        other = [list(line) for line in grid]
        for (i, j), change in zip(inner, changes, strict=True):
            other[i][j] += change
        if min(n for line in other for n in line) < 0:
            continue
        whole = with_totals(other)
        places = [(i, j) for i in range(len(whole)) for j in range(len(whole[0]))]
        if all(whole[i][j] == table[i][j] for i, j in places if (i, j) not in hidden):
            for i, j in small:
                values[i, j].add(whole[i][j])
    # the totals too may be small: each has at least two values it might have
    assert all(len(values[cell]) > 1 for cell in small)


@given(grids, st.sampled_from(sorted(PRESETS)))
def test_what_is_shown_is_rounded_and_never_small(grid: list[list[int]], name: str) -> None:
    preset = PRESETS[name]
    bigger = [[7 * n for n in line] for line in grid]
    for line, counts in zip(protected(bigger, preset), with_totals(bigger), strict=True):
        for cell, count in zip(line, counts, strict=True):
            if cell != preset.symbol:
                assert not preset.hides(count)
                assert int(cell) % preset.base == 0
                assert abs(int(cell) - count) <= preset.base / 2


row = st.tuples(
    st.sampled_from(string.ascii_lowercase),
    st.sampled_from([8, 9]),
    st.sampled_from(["F", None]),
    st.sampled_from("xyz"),
)
# one row for each child, so that groups are large, and several, so that children have several values
rows = st.one_of(st.lists(row, max_size=25, unique_by=lambda held: held[0]), st.lists(row, max_size=12))


@given(rows, st.integers(2, 4), st.integers(1, 3))
def test_groups_are_those_of_the_slow_count(
    held: list[tuple[str, int, str | None, str]], k: int, diversity: int
) -> None:
    frame = pl.DataFrame(
        held,
        schema={"child_id": pl.String, "age": pl.Int64, "sex": pl.String, "plan": pl.String},
        orient="row",
    )
    found = measured(
        {"e": frame}, quasi_identifiers=["e.age", "e.sex"], sensitive=["e.plan"], k=k, l=diversity
    )
    known: dict[str, tuple[set[int], set[str | None], set[str]]] = {}
    for child, age, sex, plan in held:
        ages, sexes, plans = known.setdefault(child, (set(), set(), set()))
        ages.add(age)
        sexes.add(sex)
        plans.add(plan)
    groups = defaultdict(list)
    for child, (ages, sexes, plans) in known.items():
        groups[frozenset(ages), frozenset(sexes)].append((child, frozenset(plans)))
    small = [g for g in groups.values() if len(g) < k or len({plans for _, plans in g}) < diversity]
    assert found.k == min((len(g) for g in groups.values()), default=0)
    assert found.small.to_list() == sorted(child for g in small for child, _ in g)
    assert (found.small_groups, found.groups, found.children) == (len(small), len(groups), len(known))


cells = st.one_of(st.text(max_size=12), st.text("=+-@\t\r\n' 1.eE", max_size=8))


@given(st.lists(st.one_of(st.none(), cells), max_size=8))
def test_no_cell_may_run_and_each_can_be_read_again(held: list[str | None]) -> None:
    given_cells = pl.Series("cell", held, dtype=pl.String)
    made = pl.select(harmless(pl.lit(given_cells))).to_series()
    assert pl.select(restored(pl.lit(made))).to_series().equals(given_cells, null_equal=True)
    for cell in made.drop_nulls():
        if cell.strip()[:1] in set("=+-@＝＋－＠") - {""} or cell[:1] in set("\t\r\n") - {""}:
            assert float(cell) is not None  # only a plain number may stand so


@given(st.lists(cells.filter(lambda text: "\r" not in text and "\x00" not in text), min_size=1, max_size=5))
def test_a_csv_for_people_reads_back_as_what_it_was(held: list[str]) -> None:
    frame = pl.DataFrame(
        {"cell": held, "n": list(range(len(held)))}, schema={"cell": pl.String, "n": pl.Int64}
    )
    again = pl.read_csv(csv_for_people(frame).encode(), infer_schema=False)
    assert again.select(restored(pl.col("cell").fill_null("")))["cell"].to_list() == held


@given(st.lists(st.sampled_from(["cut", "swap", "edit", "repeat"]), min_size=1, max_size=3), st.data())
@settings(max_examples=40)
def test_no_way_of_meddling_with_the_log_goes_unseen(
    tmp_path_factory: pytest.TempPathFactory, ways: list[str], data: st.DataObject
) -> None:
    log = tmp_path_factory.mktemp("log") / "log.jsonl"
    for number in range(5):
        audit.append(log, KEY, what="shared", said={"number": number}, at=None)
    lines = log.read_bytes().splitlines(keepends=True)
    whole = b"".join(lines)
    for way in ways:
        place = data.draw(st.integers(1, len(lines) - 1)) if len(lines) > 1 else 0
        if way == "cut":
            del lines[place:]
        elif way == "swap":
            lines[place], lines[place - 1] = lines[place - 1], lines[place]
        elif way == "repeat":
            lines.insert(place, lines[place])
        else:
            lines[place] = lines[place].replace(b'"number":', b'"number":1')
        if not lines:
            return
    log.write_bytes(b"".join(lines))
    if b"".join(lines) == whole:
        return
    try:
        assert audit.verify(log, KEY).broken is not None
    except ChildlinkError:
        assert lines[0] != whole.splitlines(keepends=True)[0]


@given(st.integers(0, len(AGREEMENT) - 1), st.integers(0, 30), st.text(string.printable, max_size=6))
@settings(max_examples=200)
def test_no_corruption_of_an_agreement_makes_the_reader_crash(
    tmp_path_factory: pytest.TempPathFactory, place: int, length: int, text: str
) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "agreement.toml"
    path.write_text(AGREEMENT[:place] + text + AGREEMENT[place + length :], encoding="utf-8", newline="")
    # any other exception fails the test
    with suppress(ChildlinkError):
        assert read_agreement(path).columns is not None
