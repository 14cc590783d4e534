"""link.toml: what it may say, and one message for all that is wrong with it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from childlink.errors import ChildlinkError, InputFault, UsageFault
from childlink.linkage.config import SETTINGS, Identifier, LinkConfig, SourceMapping, read_config

WHOLE = """
[sources.health]
columns = { given = "forename", "NHS No (verified)" = "nhs_number", notes = "ignore", case = "case_number" }
date_format = "dd/mm/yyyy"
duplicates = "none"

[identifiers]
case_number = { scope = "shared" }
yot = {}

[link]
accept_weight = 2
lead = 4.5
"""


def read(tmp_path: Path, text: str, sources: list[str] | None = None) -> LinkConfig:
    path = tmp_path / "link.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path, sources=sources)


def fault_of(tmp_path: Path, text: str, sources: list[str] | None = None) -> ChildlinkError:
    with pytest.raises(UsageFault) as caught:
        read(tmp_path, text, sources)
    assert caught.value.next_step
    assert "link.toml" in caught.value.fault
    return caught.value


def test_everything_it_may_say(tmp_path: Path) -> None:
    config = read(tmp_path, WHOLE, ["education", "health"])
    names = ("case_number", "yot")
    assert config.identifiers == (Identifier("case_number", "shared"), Identifier("yot", "shared"))
    assert config.settings == {"accept_weight": 2.0, "lead": 4.5}
    assert config.mapping_for("health") == SourceMapping(
        columns={
            "given": "forename",
            "NHS No (verified)": "nhs_number",
            "notes": "ignore",
            "case": "case_number",
        },
        date_format="DD/MM/YYYY",
        duplicates="none",
        identifiers=names,
    )
    assert config.mapping_for("education") == SourceMapping(identifiers=names)


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "") == LinkConfig()
    assert LinkConfig().mapping_for("health") == SourceMapping()


@pytest.mark.parametrize(
    ("text", "wrong", "hint"),
    [
        ("[source.health]", "unknown table: source", "did you mean sources?"),
        ("[sources.helth]", "unknown source: helth", "did you mean health?"),
        ("[sources.health]\ncolums = {}", "unknown key: colums", "did you mean columns?"),
        (
            '[sources.health]\ncolumns = { a = "fornames" }',
            "unknown field: fornames",
            "did you mean forename?",
        ),
        ('[sources.health]\ndate_format = "DD/MM/YY"', "unknown date_format: DD/MM/YY", "DD/MM/YYYY"),
        ('[sources.health]\nduplicates = "no"', "unknown value of duplicates: no", "none"),
        ("[sources]\nhealth = 3", "[sources.health] is not a table", ""),
        ("[sources.health]\ncolumns = 3", "columns is not a table", ""),
        ("[sources.health]\ncolumns = { a = 3 }", '"a" is not mapped', ""),
        ('[sources.health]\ncolumns = { a = "sex", b = "sex" }', '"a" and "b" are all mapped to sex', ""),
        ('[identifiers]\nupn = { scope = "shared" }', "[identifiers] upn: not a name", ""),
        ("[identifiers]\n'a b' = {}", "[identifiers] a b: not a name", ""),
        ("[identifiers]\nyot = 3", "[identifiers] yot is not a table", ""),
        ('[identifiers]\nyot = { scope = "sharde" }', "unknown scope: sharde", "did you mean shared?"),
        ("[identifiers]\nyot = { scpe = 1 }", "unknown key: scpe", "did you mean scope?"),
        ("[link]\naccept_wait = 3", "unknown key: accept_wait", "did you mean accept_weight?"),
        ('[link]\nlead = "3"', "lead is not a number", ""),
        ("[link]\nlead = true", "lead is not a number", ""),
        ("[link]\nlead = -1", "lead is out of range", ""),
        ("link = 3", "[link] is not a table", ""),
    ],
)
def test_each_fault_is_named_with_the_nearest_name(tmp_path: Path, text: str, wrong: str, hint: str) -> None:
    fault = fault_of(tmp_path, text, ["education", "health"])
    assert wrong in fault.fault
    assert hint in f"{fault.allowed} {fault.next_step}"


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = '[sources.helth]\ncolumns = { a = "fornames" }\n[link]\naccept_wait = 3\nlead = -1'
    fault = fault_of(tmp_path, text, ["health"])
    assert "has 4 faults" in fault.fault
    for part in ("helth", "fornames", "accept_wait", "lead is out of range", "did you mean accept_weight?"):
        assert part in fault.fault


def test_several_postcodes_may_be_mapped(tmp_path: Path) -> None:
    config = read(tmp_path, '[sources.a]\ncolumns = { x = "postcode", y = "postcode" }')
    assert config.mapping_for("a").columns == {"x": "postcode", "y": "postcode"}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="is not there"):
        read_config(tmp_path / "link.toml")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="it is a folder"):
        read_config(tmp_path)


@pytest.mark.parametrize("text", ["[sources", "columns = {", "a = b = c"])
def test_what_is_no_toml(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputFault, match="is not TOML"):
        read(tmp_path, text)


def test_what_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "link.toml"
    path.write_bytes("# école".encode("utf-16"))
    with pytest.raises(InputFault, match="is not TOML"):
        read_config(path)


def test_every_setting_is_one_the_engine_has() -> None:
    settings = pytest.importorskip("childlink.linkage.settings")
    assert set(SETTINGS) <= {field.name for field in fields(settings.LinkSettings)}
