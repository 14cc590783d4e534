"""Law: a large file, read a part at a time, is what it would be read whole; and what cannot be so read is named."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from childlink.errors import InputFault
from childlink.returns import csv_file
from childlink.returns.csv_file import CsvText, read_csv_text

cells = st.sampled_from(["", "1", "é", "two words", "NA", " ", '"a,b"', '"x"', '""', '"say ""no"""', '"é"'])
odd_cells = st.sampled_from(['"two\nlines"', 'a"b', '"open', "\r"])
ends = st.sampled_from(["\n", "\r\n"])
PARTS = (1, 7, 16, 64)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """The bytes of a file that is mostly sound: rows of three cells, blank lines, one kind of line end."""
    end = draw(ends)
    lines = ["A,B,C"]
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(st.integers(0, 20))
        if kind == 0:
            lines.append(draw(st.sampled_from(["", "  ", "\t"])))
        elif kind == 1:
            lines.append(",".join(draw(st.lists(cells, min_size=1, max_size=4))))
        elif kind == 2:
            lines.append(f"1,{draw(odd_cells)},2")
        else:
            lines.append(",".join(draw(cells) for _ in range(3)))
    text = draw(st.sampled_from(["", "\ufeff", "\n"])) + end.join(lines) + draw(st.sampled_from(["", end]))
    return text.encode()


def outcome(path: Path) -> tuple[object, ...]:
    try:
        read = read_csv_text(path)
    except InputFault as fault:
        return (str(fault),)
    return (read.frame.to_dict(as_series=False), read.frame.schema, read.lines.to_list(), read.sha256)


@given(data=files(), part=st.sampled_from(PARTS))
def test_a_file_is_the_same_in_parts_as_whole(
    data: bytes, part: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("parts") / "a.csv"
    path.write_bytes(data)
    whole = outcome(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "_PART", part)
        assert outcome(path) == whole


def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes) -> CsvText:
    """``data`` read as a file that is over what is read whole."""
    monkeypatch.setattr(csv_file, "_PART", 16)
    monkeypatch.setattr(csv_file, "MOST_BYTES", 20)
    path = tmp_path / "large.csv"
    path.write_bytes(data)
    return read_csv_text(path)


ROWS = b"".join(b"%d,name,x\n" % n for n in range(100))


def test_a_sound_file_over_what_is_read_whole_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = b"A,B,C\n" + ROWS
    read = large(tmp_path, monkeypatch, data)
    assert read.frame["A"].to_list() == [str(n) for n in range(100)]
    assert read.lines.to_list() == list(range(2, 102))
    assert read.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("odd", "line"),
    [
        (b'1,"two\nlines",x\n', 102),
        (b"1,2\n", 102),
        (b"1,2,3,4\n", 102),
        (b'1,"secret,x\n', 102),
        (b"1,caf\xe9,x\n", 102),
        (b"5,6,7\n1,\0,x\n", 103),
    ],
)
def test_a_large_file_with_a_line_that_is_no_row_is_refused_with_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: bytes, line: int
) -> None:
    with pytest.raises(InputFault, match=f"large.csv, line {line}: ") as caught:
        large(tmp_path, monkeypatch, b"A,B,C\n" + ROWS + odd + ROWS)
    assert "secret" not in str(caught.value)
    assert "over 20 bytes" in str(caught.value.allowed)


def test_headings_are_looked_at_as_in_a_small_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputFault, match="the heading A stands more than once"):
        large(tmp_path, monkeypatch, b"A,A,C\n" + ROWS)
    with pytest.raises(InputFault, match="separated by semicolons"):
        large(tmp_path, monkeypatch, b"A;B;C\n" + ROWS.replace(b",", b";"))
    with pytest.raises(InputFault, match=r"large\.csv, line 1: "):
        large(tmp_path, monkeypatch, b"\n\nA,B,C\n" + ROWS)
