"""Law: an extract that cannot be read is one clear message, exit code 2, and nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Childlink

MARK = "Plantedvalue"
HEADING = "record_id,forename,surname,date_of_birth,sex\n"
ROWS = f"1,{MARK},Ash,2012-04-28,F\n2,Bo,{MARK},2013-05-29,M\n"

BAD = {
    "an empty file": (b"", ["empty"]),
    "UTF-16": ((HEADING + ROWS).encode("utf-16"), ["UTF-16", "UTF-8"]),
    "semicolons": ((HEADING + ROWS).replace(",", ";").encode(), ["semicolon", "comma"]),
    "tabs": ((HEADING + ROWS).replace(",", "\t").encode(), ["tab", "comma"]),
    "a repeated heading": ((HEADING.replace("sex", "surname") + ROWS).encode(), ["surname"]),
    "a ragged line": ((HEADING + ROWS + f"3,{MARK}\n").encode(), ["4"]),
    "no record id": ((HEADING.replace("record_id", "shoe_size") + ROWS).encode(), ["record_id", "link.toml"]),
    "no forename": ((HEADING.replace("forename", "shoe_size") + ROWS).encode(), ["forename", "link.toml"]),
    "no date of birth": (
        (HEADING.replace("date_of_birth", "shoe_size") + ROWS).encode(),
        ["birth", "link.toml"],
    ),
    "dates in mixed forms": ((HEADING + ROWS.replace("2013-05-29", "29/05/2013")).encode(), ["date"]),
    "one record id twice": ((HEADING + ROWS + ROWS[:1] + ROWS[1:]).encode(), ["record"]),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_extract_is_told_and_nothing_is_written(
    childlink: Childlink, tmp_path: Path, fault: str
) -> None:
    content, words = BAD[fault]
    good, bad, out = tmp_path / "good.csv", tmp_path / "bad.csv", tmp_path / "out"
    good.write_text(HEADING + ROWS, encoding="utf-8")
    bad.write_bytes(content)
    result = childlink("link", f"good={good}", f"bad={bad}", "--output", out)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert "next: " in result.stderr
    assert [word for word in ("bad", *words) if word not in result.stderr] == []
    assert MARK not in result.stderr
    assert not out.exists()


def test_an_extract_that_is_not_there(childlink: Childlink, tmp_path: Path) -> None:
    result = childlink(
        "link", f"a={tmp_path / 'nowhere.csv'}", f"b={tmp_path / 'nor.csv'}", "--output", tmp_path / "out"
    )
    assert result.exit_code == 2
    assert "nowhere.csv" in result.stderr.replace("\n", "")
    assert not (tmp_path / "out").exists()
