"""Laws: a user's schema has the defaults of a user's; every mistake in it is one message that names its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from childlink.errors import InputFault
from childlink.resources import data_folder
from childlink.schema.model import FORMAT, Constraint, ForeignKey, load_return_schema, shipped_schemas
from childlink.schema.reading import read_schema
from childlink.schema.soundness import require_sound
from childlink.schema.yaml_file import LONGEST_WORD, MOST_BYTES, MOST_DEPTH, read_yaml

HEAD = f"schema: {FORMAT}\nname: mine\n"
WHOLE = f"""{HEAD}headings: fold
dates: ["%Y-%m-%d"]
code_sets:
  side: {{"L": left, "R":}}
  level:
    "1": {{label: low, also: [lowest]}}
tables:
  people:
    sheets: register
    primaryKey: [id]
    fields:
      - {{name: id, kind: local_id, constraints: {{unique: true}}}}
      - {{name: row, kind: record_id}}
      - {{name: born, type: date, kind: birth_date, aliases: DOB}}
      - {{name: side, codes: side}}
      - {{name: level, codes: level}}
      - name: score
        type: integer
        heading: score .*
        constraints:
          - {{minimum: 0, maximum: 9}}
          - {{required: true, rule: own-1, message: "A score is missing.", severity: query}}
"""


def read(tmp_path: Path, text: str):  # type: ignore[no-untyped-def]
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return read_schema(path)


def fault_of(tmp_path: Path, text: str) -> InputFault:
    with pytest.raises(InputFault) as caught:
        read(tmp_path, text)
    assert caught.value.next_step
    assert "mine.yaml" in caught.value.fault
    return caught.value


def of_field(field: str, more: str = "") -> str:
    return f"{HEAD}{more}tables:\n  people:\n    fields:\n      - {field}\n"


def test_what_a_users_schema_says_and_what_it_leaves_to_be_understood(tmp_path: Path) -> None:
    schema = read(tmp_path, WHOLE)
    assert (schema.name, schema.title, schema.years, schema.yearly) == ("mine", "mine", ("",), False)
    assert (schema.formats, schema.folded, schema.dates) == (("csv", "xlsx"), True, ("%Y-%m-%d",))
    assert schema.child_columns == ("id", "row")
    assert schema.code_sets == {"side": {"L": "left", "R": ""}, "level": {"1": "low"}}
    assert schema.spellings == {"level": {"lowest": "1", "1": "1"}}
    table = schema.tables["people"]
    assert (table.sheets, table.primary_key) == (("register",), ("id",))
    assert table.constraints == (Constraint(unique=("id",)),)
    fields = {f.name: f for f in table.fields}
    assert fields["id"].constraints == (Constraint(required=True),)
    assert (fields["born"].aliases, fields["born"].constraints) == (("DOB",), (Constraint(type="date"),))
    assert fields["side"].constraints == (Constraint(enum="side"),)
    assert fields["score"].constraints == (
        Constraint(minimum=0, maximum=9),
        Constraint(required=True, rule="own-1", message="A score is missing.", severity="query"),
        Constraint(type="integer"),
    )


def test_years_make_a_schema_yearly_and_typed_can_be_unsaid(tmp_path: Path) -> None:
    more = 'years: ["2024-25", "2025-26"]\ntyped: false\nchild: a\n'
    schema = read(tmp_path, of_field('{name: a, type: date, since: "2025-26"}', more))
    assert (schema.yearly, schema.years, schema.child_columns) == (True, ("2024-25", "2025-26"), ("a",))
    assert schema.tables["people"].fields[0].constraints == ()


def test_no_child_where_it_is_said_to_be_none(tmp_path: Path) -> None:
    assert read(tmp_path, of_field("{name: a, kind: local_id}", "child: null\n")).child_columns == ()


def test_every_schema_that_ships_is_sound() -> None:
    for path in sorted(data_folder("schemas").glob("*.yaml")):
        require_sound(read_yaml(path), shipped=True)
    assert "ssda903" in shipped_schemas()


def test_keys_of_tables_are_read() -> None:
    table = load_return_schema("ssda903").tables["Episodes"]
    assert table.primary_key == ("CHILD", "DECOM")
    assert table.foreign_keys == (ForeignKey(("CHILD",), "Header", ("CHILD",)),)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (of_field("{name: a}", "tite: x\n"), 3, ("unknown word: tite", "did you mean title?")),
        (of_field("{name: a, type: dat}"), 6, ("column 1 (a), type", "unknown type: dat", "did you mean date?")),
        (of_field("{name: a, type: 3}"), 6, ("not the name of a type", "string, date")),
        (of_field("{name: a, format: nhs}"), 6, ("unknown format: nhs",)),
        (of_field("{name: a, kind: fornames}"), 6, ("unknown kind: fornames", "forename")),
        (of_field("{name: a, codes: sexs}", "code_sets: {sex: {M: male}}\n"), 7, ("unknown code set: sexs", "sex")),
        (of_field("{name: a, optinal: true}"), 6, ("unknown word: optinal", "did you mean optional?")),
        (of_field("{name: a, optional: 1}"), 6, ("not true or false",)),
        (of_field("{name: a, aliases: [1]}"), 6, ("not text or a list of texts",)),
        (of_field("{name: 7}"), 6, ("the name is not text", "quotes")),
        (of_field("{type: date}"), 6, ("column 1: it has no name",)),
        (of_field("{name: a, title: 2020-01-01}"), 6, ("title", "not text")),
        (of_field("text"), 6, ("not a column",)),
        (of_field("{name: a}\n      - {name: a}"), 7, ("a means two columns", "it is there already")),
        (of_field("{name: a b}\n      - {name: A_B}", "headings: fold\n"), 8, ("A_B means two columns", "folded")),
        (of_field("{name: a}\n      - {name: b, aliases: [a]}"), 7, ("a means two columns",)),
        (of_field("{name: é}", "headings: fold\n"), 7, ("no letter or digit",)),
        (of_field("{name: a, heading: x}"), 6, ("without headings: fold",)),
        (of_field("{name: a, heading: '('}", "headings: fold\n"), 7, ("not a regular expression",)),
        (of_field("{name: a, since: '2024-25'}"), 6, ("a year, in a schema without years",)),
        (of_field("{name: a, since: '2023-24'}", 'years: ["2024-25"]\n'), 7, ("unknown year: 2023-24",)),
        (
            of_field("{name: a, since: '2025-26', until: '2024-25'}", 'years: ["2024-25", "2025-26"]\n'),
            7,
            ("until is before since",),
        ),
        (of_field("{name: a, constraints: {requird: true}}"), 6, ("unknown word: requird", "required")),
        (of_field("{name: a, constraints: {required: 'yes'}}"), 6, ("not true or false",)),
        (of_field("{name: a, constraints: {pattern: '(?=a)'}}"), 6, ("not a regular expression that can be used",)),
        (of_field("{name: a, constraints: {pattern: 5}}"), 6, ("not text",)),
        (of_field("{name: a, constraints: {minimum: low}}"), 6, ("not a number",)),
        (of_field(f"{{name: a, constraints: {{minimum: 1{'0' * 400}}}}}"), 6, ("not a number",)),
        (of_field("{name: a, constraints: {minimum: .nan}}"), 6, ("not a number",)),
        (of_field("{name: a, constraints: {minLength: -1}}"), 6, ("not a whole number from 0",)),
        (of_field("{name: a, constraints: {minimum: 3, maximum: 2}}"), 6, ("maximum is less than minimum",)),
        (of_field("{name: a, constraints: {enum: [A, B]}}"), 6, ("not the name of a code set",)),
        (of_field("{name: a, constraints: {type: string}}"), 6, ("unknown type: string",)),
        (of_field("{name: a, constraints: {unique: [a]}}"), 6, ("not true or false",)),
        (of_field("{name: a, constraints: [3]}"), 6, ("not a constraint",)),
        (of_field("{name: a, constraints: needed}"), 6, ("not a constraint or a list",)),
        (of_field("{name: a, constraints: {since: '2024-25'}}", 'years: ["2024-25"]\n'), 7, ("asks for nothing",)),
        (of_field("{name: a, constraints: {required: true, severity: query}}"), 6, ("severity without a rule",)),
        (of_field("{name: a, constraints: {required: true, rule: S-1, message: m}}"), 6, ("the code will not do",)),
        (of_field("{name: a, constraints: {required: true, rule: own-1}}"), 6, ("it has no message",)),
        (of_field("{name: a}\n    constraints: {unique: [b]}"), 7, ("unknown column: b",)),
        (of_field("{name: a}\n    constraints: {required: true}"), 7, ("unknown word: required", "unique")),
        (of_field("{name: a}\n    primaryKey: b"), 7, ("unknown column: b",)),
        (of_field("{name: a}\n    foreignKeys: []"), 7, ("unknown word: foreignKeys",)),
        (of_field("{name: a}", "inputs: {}\n"), 3, ("unknown word: inputs",)),
        (of_field("{name: a}", "formats: [xml]\n"), 3, ("unknown kind of file: xml",)),
        (of_field("{name: a}", "formats: []\n"), 3, ("no kind of file",)),
        (of_field("{name: a}", "headings: folded\n"), 3, ("unknown way to compare headings",)),
        (of_field("{name: a}", "dates: DD/MM/YYYY\n"), 3, ("unknown form of dates", "%d/%m/%Y")),
        (of_field("{name: a}", 'dates: ["%d/%m/%Y", "%m/%d/%Y"]\n'), 3, ("could be read two ways",)),
        (of_field("{name: a}", "missingValues: [NA, 99]\n"), 3, ("not text or a list of texts", "quotes")),
        (of_field("{name: a}", "child: b\n"), 3, ("unknown column: b",)),
        (of_field("{name: a}", "years: 2024-25\n"), 3, ("not a list of collection years",)),
        (of_field("{name: a}", 'years: ["2024-26"]\n'), 3, ("not a list of collection years",)),
        (of_field("{name: a}", 'years: ["2025-26", "2024-25"]\n'), 3, ("not in order",)),
        (of_field("{name: a}", 'yearly: false\nyears: ["2025-26"]\n'), 4, ("yearly: false has no years",)),
        (of_field("{name: a}", "yearly: true\n"), 1, ("it has no years",)),
        (of_field("{name: a}", "code_sets: [a]\n"), 3, ("not code sets by name",)),
        (of_field("{name: a}", "code_sets: {s: {}}\n"), 3, ("not codes and what they mean",)),
        (of_field("{name: a}", "code_sets:\n  s:\n    NO: norway\n"), 5, ("a code is not text", "quotes")),
        (of_field("{name: a}", 'code_sets: {s: {"1": {lable: x}}}\n'), 3, ("unknown word: lable",)),
        (HEAD, 1, ("it has no tables",)),
        (f"{HEAD}tables: [a]\n", 3, ("not tables by name",)),
        (f"{HEAD}tables: {{a: 3}}\n", 3, ("not a table",)),
        (f"{HEAD}tables: {{a: {{title: x}}}}\n", 3, ("it has no fields",)),
        (f"{HEAD}tables: {{'#': {{fields: [{{name: a}}]}}}}\n", 3, ("no letter or digit",)),
        (
            f"{HEAD}tables:\n  a: {{fields: [{{name: x}}]}}\n  A: {{fields: [{{name: x}}]}}\n",
            5,
            ("called A, as a is",),
        ),
        (of_field("{name: a}").replace("name: mine", "name: cin"), 2, ("cin is a return that childlink knows",)),
        (of_field("{name: a}").replace("name: mine", "name: a b"), 2, ("the name will not do",)),
        (of_field("{name: a}").replace("name: mine\n", ""), 1, ("it has no name",)),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, words: tuple[str, ...]
) -> None:
    fault = fault_of(tmp_path, text)
    told = f"{fault.fault} {fault.allowed} {fault.next_step}"
    assert f"line {line}:" in fault.fault, told
    assert [word for word in words if word not in told] == []


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, of_field("{name: a, type: dat}\n      - {name: b, kind: x}", "tite: x\n"))
    lines = fault.fault.splitlines()
    assert lines[0].endswith("has 3 faults:")
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["line 3", "line 7", "line 8"]


def test_of_very_many_mistakes_the_first_are_told(tmp_path: Path) -> None:
    fields = "\n      - ".join(f"{{name: a{n}, type: dat}}" for n in range(500))
    fault = fault_of(tmp_path, of_field(fields))
    assert len(fault.fault) < 5_000
    assert "and 480 more" in fault.fault


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a childlink schema"),
        ("- 1\n", "is not a childlink schema"),
        ("schema: other/1\n", "is not a childlink schema"),
        ("a: [\n", "not YAML"),
        ("a: b: c\n", "line 1: not YAML"),
        (f"{HEAD}tables: &a {{}}\n", "line 3: an anchor or alias"),
        (f"{HEAD}tables: *a\n", "line 3: an anchor or alias"),
        (f"{HEAD}<<: {{a: 1}}\n", "line 3: a key that is no plain word"),
        (f"{HEAD}? [a, b]\n: c\n", "line 3: a key that is no plain word"),
        (f"{HEAD}name: again\n", "line 3: the same word stands on line 2 already"),
        (f"{HEAD}title: 2020-13-45\n", "a value that cannot be read"),
        (f"{HEAD}title: !!python/object:os.system x\n", "not YAML"),
        (f"{HEAD}title: {'[' * (MOST_DEPTH + 1)}{']' * (MOST_DEPTH + 1)}\n", "line 3: lists within lists"),
        (f"{HEAD}title: {'[' * 100_000}\n", "line 3: lists within lists"),
        (f"{HEAD}title: {'x' * (LONGEST_WORD + 1)}\n", "a text of over"),
        (f"{HEAD}title: \x00\n", "not YAML"),
        (f"{HEAD}---\na: 1\n", "not YAML"),
    ],
)
def test_what_is_no_schema_is_refused(tmp_path: Path, text: str, words: str) -> None:
    assert words in fault_of(tmp_path, text).fault


def test_a_bomb_of_aliases_is_refused_before_it_is_built(tmp_path: Path) -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert "an anchor or alias" in fault_of(tmp_path, f"{HEAD}l0: &l0 [x, x]\n{levels}").fault


@pytest.mark.parametrize(
    "text",
    ["id,name\n1,PLANTED\n", "PLANTED: [x\n", "PLANTED\n", "child: PLANTED\n", "- PLANTED: 'x\n", "a: *PLANTED\n",
     "a: !PLANTED x\n", "%PLANTED\n", "PLANTED: 1\nPLANTED: 2\n"],
)  # fmt: skip
def test_a_file_that_is_no_schema_is_not_quoted(tmp_path: Path, text: str) -> None:
    fault = fault_of(tmp_path, text)
    assert "PLANTED" not in f"{fault.fault} {fault.allowed} {fault.next_step}"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (MOST_BYTES + 1))
    other = tmp_path / "other.yaml"
    other.write_bytes("schema: é\n".encode("cp1252"))
    for path, words in (
        (large, "1 MB large"),
        (other, "not text in UTF-8"),
        (tmp_path, "is a folder"),
        (tmp_path / "gone.yaml", "is not there"),
    ):
        with pytest.raises(InputFault) as caught:
            read_schema(path)
        assert words in caught.value.fault
