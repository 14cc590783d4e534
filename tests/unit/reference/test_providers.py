"""Ofsted's lists become one table whatever their shape, and what was understood is told."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from handmade_workbooks import Cell, write_workbook
from hypothesis import given, settings
from hypothesis import strategies as st

from childlink.errors import InputFault
from childlink.reference.postcodes import PostcodeDirectory
from childlink.reference.providers import ProviderLists, read_providers, with_authorities
from childlink.returns import spreadsheet
from childlink.schema.model import load_return_schema
from childlink.validation import Report, validate_files

Rows = list[list[Cell]]

HOMES: Rows = [
    ["URN", "Local Authority", "Provider Code", "Provider Placement Code", "Closed Date", "Setting Postcode"],
    [1234567, "Birmingham", "K2,R1", "PR1/PR4", date(2024, 3, 31), "b1 1aa"],
    ["SC012345", " Leeds ", "K1", "PR3", None, "LS1 1AA"],
    [None, "nobody", "K2", "PR1", None, "B1 1AA"],
]
HOMES_ROWS = [
    ("1234567", "Birmingham", "K2,R1", "PR1,PR4", date(2024, 3, 31), "B11AA"),
    ("SC012345", "Leeds", "K1", "PR3", None, "LS11AA"),
]
CURRENT: Rows = [
    ["URN", "Local authority", "Placement code", "Placement provider code", "Setting postcode"],
    [2000001.0, "Kent", "U1, U2", "PR4", "ME1 1AA"],
]
CLOSED: Rows = [
    [*CURRENT[0], "Deregistration date"],
    ["2000002", "Kent", "A3/A4", "PR5", "ME1 1AB", date(2023, 12, 1)],
]
CARE_ROWS = [
    ("2000001", "Kent", "U1,U2", "PR4", None, "ME11AA"),
    ("2000002", "Kent", "A3,A4", "PR5", date(2023, 12, 1), "ME11AB"),
]
COMBINED: Rows = [
    *[["Provider Type", "urn", "LOCAL AUTHORITY", "Placement Code", "Placement provider code", "Deregistration date",
       "setting address postcode"]],
    *[["Children's Home", 1234567, "Birmingham", "K2,R1", "PR1/PR4", date(2024, 3, 31), "b1 1aa"]],
    *[["Independent Fostering Agency", 2000001, "Kent", "U1", "PR4", None, "ME1 1AA"]],
]  # fmt: skip
COMBINED_ROWS = [HOMES_ROWS[0], ("2000001", "Kent", "U1", "PR4", None, "ME11AA")]
SUPPORTED: Rows = [
    ["URN", "Provider local authority", "Closed date", "Setting address postcode"],
    [2700001, "Kent", date(2025, 1, 2), "ME1 1AC"],
]
SUPPORTED_ROWS = [("2700001", "Kent", "K3", "PR4", date(2025, 1, 2), "ME11AC")]


def rows_of(lists: ProviderLists) -> list[tuple[object, ...]]:
    order = ("URN", "LA_NAME_FROM_FILE", "PLACE_CODES", "PROVIDER_CODES", "REG_END", "POSTCODE")
    assert lists.table.schema["REG_END"] == pl.Date
    assert set(lists.table.columns) == set(order)
    assert set(order) <= set(load_return_schema("ssda903").inputs["providers"].columns)
    return lists.table.select(order).rows()


def workbook(folder: Path, name: str, **sheets: Rows) -> Path:
    return write_workbook(folder / name, {sheet.replace("_", " "): rows for sheet, rows in sheets.items()})


def as_csv(folder: Path, name: str, rows: Rows) -> Path:
    def written(cell: Cell) -> str:
        text = cell.strftime("%d/%m/%Y") if isinstance(cell, date) else "" if cell is None else str(cell)
        return f'"{text}"'

    path = folder / name
    path.write_text("".join(",".join(map(written, row)) + "\n" for row in rows))
    return path


def without(rows: Rows, *headings: str) -> Rows:
    kept = [i for i, heading in enumerate(rows[0]) if heading not in headings]
    return [[row[i] for i in kept] for row in rows]


def homes(folder: Path) -> Path:
    return workbook(folder, "homes.xlsx", Provider_information=HOMES)


def care(folder: Path) -> Path:
    return workbook(folder, "care.xlsx", Anything=CURRENT, At_all=CLOSED)


def fault_of(*paths: Path) -> InputFault:
    with pytest.raises(InputFault) as raised:
        read_providers(paths)
    assert raised.value.allowed
    assert raised.value.next_step
    return raised.value


def missing_fault(path: Path) -> str:
    with pytest.raises(InputFault) as raised:
        read_providers([path])
    return raised.value.fault


def test_two_workbooks(tmp_path: Path) -> None:
    lists = read_providers([homes(tmp_path), care(tmp_path)])
    assert rows_of(lists) == HOMES_ROWS + CARE_ROWS
    assert [(s.file, s.sheet, s.held_as, s.rows, s.without_urn) for s in lists.sheets] == [
        ("homes.xlsx", "Provider information", "the children's homes list", 2, 1),
        ("care.xlsx", "Anything", "the list of social care providers", 1, 0),
        ("care.xlsx", "At all", "the list of social care providers", 1, 0),
    ]
    assert lists.sheets[0].columns == {
        "URN": "URN",
        "local authority": "Local Authority",
        "placement codes": "Provider Code",
        "placement provider codes": "Provider Placement Code",
        "closing date": "Closed Date",
        "postcode": "Setting Postcode",
    }
    assert lists.sheets[1].sha256 == lists.sheets[2].sha256 != lists.sheets[0].sha256
    assert rows_of(read_providers([care(tmp_path), homes(tmp_path)])) == HOMES_ROWS + CARE_ROWS


@pytest.mark.parametrize("heading", ["Setting Postcode", "Setting Address Postcode"])
def test_the_homes_in_two_sheets_joined_by_urn(tmp_path: Path, heading: str) -> None:
    settings = without(HOMES, "Setting Postcode")
    addresses: Rows = [["URN", heading], ["1234567", "b1 1aa"], ["1234567", "B1 1AA"], ["999", "B1 1AA"]]
    both = workbook(tmp_path, "h.xlsx", Settings_and_Inspection_Info=settings, Address_Details=addresses)
    lists = read_providers([both, care(tmp_path)])
    assert rows_of(lists) == [HOMES_ROWS[0], *CARE_ROWS], "only URNs in both sheets, each address once"
    files = [as_csv(tmp_path, "a.csv", addresses), as_csv(tmp_path, "s.csv", settings)]
    assert rows_of(read_providers([*files, care(tmp_path)])) == [HOMES_ROWS[0], *CARE_ROWS]


def test_one_combined_sheet(tmp_path: Path) -> None:
    assert rows_of(read_providers([workbook(tmp_path, "c.xlsx", Any=COMBINED)])) == COMBINED_ROWS
    assert rows_of(read_providers([as_csv(tmp_path, "c.csv", COMBINED)])) == COMBINED_ROWS


@pytest.mark.parametrize("name", ["SA providers", "SA Providers"])
@pytest.mark.parametrize("drop", [(), ("Provider Type",)])
def test_a_combined_workbook_with_supported_accommodation(
    tmp_path: Path, name: str, drop: tuple[str]
) -> None:
    path = write_workbook(tmp_path / "c.xlsx", {"Providers": without(COMBINED, *drop), name: SUPPORTED})
    lists = read_providers([path])
    assert rows_of(lists) == COMBINED_ROWS + SUPPORTED_ROWS
    assert [s.held_as for s in lists.sheets] == [
        "the combined list of providers",
        "the supported accommodation of the combined list",
    ]
    files = [as_csv(tmp_path, "p.csv", without(COMBINED, *drop)), as_csv(tmp_path, "s.csv", SUPPORTED)]
    assert rows_of(read_providers(files)) == COMBINED_ROWS + SUPPORTED_ROWS


def test_supported_accommodation_keeps_its_own_provider_codes_and_never_its_placements(
    tmp_path: Path,
) -> None:
    more: Rows = [[*SUPPORTED[0], "Placement provider code", "Placement code"], [*SUPPORTED[1], "pr2", "K2"]]
    path = write_workbook(tmp_path / "c.xlsx", {"Providers": COMBINED, "SA providers": more})
    assert rows_of(read_providers([path]))[2][2:4] == ("K3", "PR2")


def test_csv_of_the_sheets(tmp_path: Path) -> None:
    files = [
        as_csv(tmp_path, "closed.csv", CLOSED),
        as_csv(tmp_path, "current.csv", CURRENT),
        as_csv(tmp_path, "homes.csv", HOMES),
    ]
    assert rows_of(read_providers(files)) == HOMES_ROWS + CARE_ROWS[::-1], "in the order given"


def test_one_sheet_of_current_and_closed_providers(tmp_path: Path) -> None:
    both: Rows = [*CLOSED, [*CURRENT[1], None]]
    assert (
        rows_of(read_providers([homes(tmp_path), as_csv(tmp_path, "c.csv", both)]))
        == HOMES_ROWS + CARE_ROWS[::-1]
    )


@given(st.permutations(range(6)), st.sampled_from(["_", "  ", "", "-", "\n"]), st.booleans())
def test_case_order_and_spacing_of_headings_are_free(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], space: str, capitals: bool
) -> None:
    folder = tmp_path_factory.mktemp("p")
    rows = [[row[i] for i in order] for row in HOMES]
    headings = [str(cell).replace(" ", space) for cell in rows[0]]
    rows[0] = [h.upper() if capitals else h.lower() for h in headings]
    lists = read_providers([write_workbook(folder / "h.xlsx", {"x": rows}), care(folder)])
    assert rows_of(lists) == HOMES_ROWS + CARE_ROWS


def test_codes_go_where_their_values_say(tmp_path: Path) -> None:
    swapped = [
        ["URN", "Local Authority", "Provider Placement Code", "Provider Code", *HOMES[0][4:]],
        *HOMES[1:],
    ]
    lists = read_providers([workbook(tmp_path, "h.xlsx", a=swapped), care(tmp_path)])
    assert rows_of(lists) == HOMES_ROWS + CARE_ROWS
    assert lists.sheets[0].columns["placement codes"] == "Provider Placement Code"


def test_codes_without_values_go_where_the_headings_say(tmp_path: Path) -> None:
    empty = [HOMES[0], *[[*row[:2], None, None, *row[4:]] for row in HOMES[1:]]]
    lists = read_providers([workbook(tmp_path, "h.xlsx", a=empty), care(tmp_path)])
    assert rows_of(lists)[0][2:4] == (None, None)
    assert lists.sheets[0].columns["placement codes"] == "Provider Code"


def test_two_columns_of_provider_codes_are_a_fault(tmp_path: Path) -> None:
    both = [HOMES[0], *[[*row[:2], "PR1", "PR2", *row[4:]] for row in HOMES[1:]]]
    fault = fault_of(workbook(tmp_path, "h.xlsx", a=both), care(tmp_path))
    assert "Provider Code and Provider Placement Code both hold codes of placement providers" in fault.fault


@pytest.mark.parametrize(
    "written",
    [
        *(date(2024, 3, 1), 45352, "45352", "01/03/2024", "1/3/2024", "2024-03-01", "2024-03-01 00:00:00"),
        *(
            "2024-03-01T00:00:00",
            "01-03-2024",
            "1 March 2024",
            "01 Mar 2024",
            "01-Mar-2024",
            "01-Mar-24",
            "01/03/24",
        ),
        *(" 01/03/2024 ", "01.03.2024", "01/03/2024 00:00"),
    ],
)
def test_dates_in_any_form(tmp_path: Path, written: Cell) -> None:
    closed = [CLOSED[0], [*CLOSED[1][:-1], written]]
    lists = read_providers([homes(tmp_path), workbook(tmp_path, "care.xlsx", a=CURRENT, b=closed)])
    assert rows_of(lists)[-1][4] == date(2024, 3, 1)
    assert lists.sheets[-1].unread_dates == 0


@pytest.mark.parametrize("written", ["soon", "31/02/2024", "13/13/2024", "9", "01/03/0024"])
def test_dates_that_cannot_be_read_are_counted(tmp_path: Path, written: str) -> None:
    closed = [CLOSED[0], [*CLOSED[1][:-1], written]]
    lists = read_providers([homes(tmp_path), workbook(tmp_path, "care.xlsx", a=CURRENT, b=closed)])
    assert rows_of(lists)[-1][4] is None
    assert lists.sheets[-1].unread_dates == 1


def test_titles_above_the_headings_and_other_sheets_are_passed_over(tmp_path: Path) -> None:
    titled: Rows = [["Children's homes as at 31 March"], [], *HOMES, [None], [" "]]
    path = write_workbook(
        tmp_path / "h.xlsx", {"Cover": [["Notes"], ["more"]], "Nothing": [], "List": titled}
    )
    lists = read_providers([path, care(tmp_path)])
    assert rows_of(lists) == HOMES_ROWS + CARE_ROWS
    assert [s.held_as for s in lists.sheets][:3] == [
        "not read: not a sheet of providers",
        "not read: not a sheet of providers",
        "the children's homes list",
    ]


@pytest.mark.parametrize("gone", [h for h in HOMES[0] if h not in ("URN", "Setting Postcode")])
def test_a_list_without_a_column_says_what_was_looked_for_and_found(tmp_path: Path, gone: str) -> None:
    fault = fault_of(workbook(tmp_path, "h.xlsx", List=without(HOMES, gone)), care(tmp_path))
    asked = {
        "Provider Code": "Placement code (Provider Code",
        "Provider Placement Code": "Placement provider code",
        "Closed Date": "Closed Date or Deregistration date",
    }
    assert "h.xlsx, sheet List looks like the children's homes list, but has no column " in fault.fault
    assert asked.get(gone, gone) in fault.fault
    assert fault.fault.endswith("; found " + ", ".join(str(h) for h in HOMES[0] if h != gone))


def test_no_urns_at_all(tmp_path: Path) -> None:
    fault = fault_of(workbook(tmp_path, "h.xlsx", a=without(HOMES, "URN")))
    assert "has no column URN; no row of headings was found" in fault.fault
    fault = fault_of(as_csv(tmp_path, "h.csv", without(HOMES, "URN")))
    assert "has no column URN; found Local Authority, Provider Code" in fault.fault


def test_one_list_without_the_other(tmp_path: Path) -> None:
    assert fault_of(care(tmp_path)).fault.endswith("and the children's homes list is not given")
    assert fault_of(homes(tmp_path)).fault.endswith("and the list of social care providers is not given")
    assert fault_of(as_csv(tmp_path, "s.csv", SUPPORTED)).next_step == "add the combined list of providers"


def test_more_than_one_of_a_kind(tmp_path: Path) -> None:
    again = workbook(tmp_path, "again.xlsx", Provider_information=HOMES)
    assert "are both the children's homes list" in fault_of(homes(tmp_path), again, care(tmp_path)).fault
    again = workbook(tmp_path, "again.xlsx", a=CURRENT, b=CLOSED)
    assert (
        "are both the list of social care providers" in fault_of(homes(tmp_path), again, care(tmp_path)).fault
    )
    files = [as_csv(tmp_path, f"{n}.csv", CURRENT) for n in "ab"]
    assert "are both the list of social care providers" in fault_of(homes(tmp_path), *files).fault
    files = [as_csv(tmp_path, f"{n}.csv", COMBINED) for n in "ab"]
    assert "are both the combined list" in fault_of(*files).fault
    assert "is a combined list, and " in fault_of(files[0], homes(tmp_path)).fault


def test_half_a_list(tmp_path: Path) -> None:
    current = as_csv(tmp_path, "a.csv", CURRENT)
    assert "its closed providers are not there" in fault_of(homes(tmp_path), current).fault
    assert (
        "its current providers are not there"
        in fault_of(homes(tmp_path), as_csv(tmp_path, "b.csv", CLOSED)).fault
    )
    no_date = workbook(tmp_path, "c.xlsx", a=CURRENT, b=CURRENT)
    assert "the second sheet of the list of social care providers" in fault_of(homes(tmp_path), no_date).fault
    settings = workbook(tmp_path, "s.xlsx", a=without(HOMES, "Setting Postcode"))
    assert (
        "but the addresses of the children's homes list are not there"
        in fault_of(settings, care(tmp_path)).fault
    )
    addresses = as_csv(tmp_path, "d.csv", [["URN", "Postcode"], ["1", "B1 1AA"]])
    assert (
        "but the settings of the children's homes list are not there"
        in fault_of(addresses, care(tmp_path)).fault
    )


def test_lists_without_rows_are_lists(tmp_path: Path) -> None:
    files = [as_csv(tmp_path, f"{n}.csv", rows[:1]) for n, rows in enumerate([HOMES, CURRENT, CLOSED])]
    assert rows_of(read_providers(files)) == []


def test_files_that_are_no_spreadsheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list.xlsx"
    assert "is not there" in missing_fault(path)
    for data, says in [
        (b"", "is empty"),
        (b"not a zip", "is not a spreadsheet, or a damaged one"),
        (b"PK\x03\x04 broken", "is not a spreadsheet, or a damaged one"),
        (
            b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "is protected by a password",
        ),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "is a spreadsheet in the old form (.xls)"),
    ]:
        path.write_bytes(data)
        assert says in fault_of(path).fault
    whole = homes(tmp_path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in fault_of(path).fault
    other = tmp_path / "list.pdf"
    other.write_bytes(b"%PDF")
    assert "is no spreadsheet by its name" in fault_of(other).fault
    monkeypatch.setattr(spreadsheet, "MOST_BYTES", 100)
    assert fault_of(homes(tmp_path)).allowed == "files of up to 100 bytes"


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=4), st.booleans())
@settings(max_examples=150)
def test_a_damaged_workbook_is_a_fault_or_a_list(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]], unpacked: bool
) -> None:
    folder = tmp_path_factory.mktemp("d")
    path, other = homes(folder), care(folder)
    if unpacked:  # so that the damage gets past the check sums
        with zipfile.ZipFile(path) as archive:
            parts = {name: bytearray(archive.read(name)) for name in archive.namelist()}
        spoilt = parts["xl/worksheets/sheet1.xml"]
    else:
        spoilt = bytearray(path.read_bytes())
    for at, byte in damage:
        spoilt[at % len(spoilt)] = byte
    if unpacked:
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, bytes(data))
    else:
        path.write_bytes(spoilt)
    try:
        assert read_providers([path, other]).table.height >= len(CARE_ROWS)
    except InputFault as fault:
        assert fault.next_step  # noqa: PT017 - one of two good ends


def test_a_workbook_that_unpacks_to_far_more_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_UNPACKED", 2**20)
    bomb = write_workbook(tmp_path / "h.xlsx", {"a": HOMES}, **{"xl/media/bomb.bin": b"\0" * 2**21})
    assert bomb.stat().st_size < 10_000
    assert fault_of(bomb).fault.endswith("unpacks to 2 MB: refused")


def test_two_cells_far_apart_are_refused(tmp_path: Path) -> None:
    path = homes(tmp_path)
    far = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
    cells = (
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="0"><v>1</v></c></row>'
    )
    write_workbook(path, {"a": HOMES}, **{"xl/worksheets/sheet9.xml": far % cells})
    assert fault_of(path).fault.endswith("has a sheet of 1,048,576 rows and 16,384 columns: refused")
    empty = b'<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    write_workbook(path, {"a": HOMES}, **{"xl/worksheets/sheet9.xml": far % empty})
    assert rows_of(read_providers([path, care(tmp_path)])) == HOMES_ROWS + CARE_ROWS, (
        "a cell may be coloured there"
    )


def test_messages_hold_no_cells(tmp_path: Path) -> None:
    rows: Rows = [["1234567", "Secret House", "K2"], ["2", "Other", "K1"]]
    fault = fault_of(as_csv(tmp_path, "x.csv", rows))
    assert "Secret" not in f"{fault.fault} {fault.allowed} {fault.next_step}"


def test_authorities_are_inferred_from_postcodes(tmp_path: Path) -> None:
    (tmp_path / "pc.csv").write_text(
        "pcd,oseast1m,osnrth1m,laua\nB1 1AA,1,1,E08000025\nLS1 1AA,1,1,W06000001\nME1 1AA,1,1,E07000110\nME1 1AB,1,1,\n"
    )
    directory = PostcodeDirectory.from_csv(tmp_path / "pc.csv")
    table = read_providers([homes(tmp_path), care(tmp_path)]).table
    found = with_authorities(table, directory, None)
    assert found.select(table.columns).equals(table)
    assert found.select("LA_CODE_INFERRED", "LA_NAME_INFERRED").rows() == [
        ("E08000025", "Birmingham"),
        ("WAL", "Wales"),
        ("E10000016", "Kent"),
        (None, None),
    ]
    listed = load_return_schema("ssda903").inputs["providers"]
    assert set(found.columns) == {field.name for field in (*listed.fields, *listed.derived)}


def test_provider_rules_run_once_the_lists_are_given(tmp_path: Path) -> None:
    (tmp_path / "pc.csv").write_text("pcd,oseast1m,osnrth1m,laua\nB1 1AA,1,1,E08000025\n")
    columns = load_return_schema("ssda903").tables["Episodes"].columns
    cells = {"CHILD": "1", "DECOM": "01/04/2025", "PLACE": "K2", "URN": "9999999", "PL_POST": "B1 1AA"}
    episodes = tmp_path / "episodes.csv"
    episodes.write_text(",".join(columns) + "\n" + ",".join(cells.get(c, "") for c in columns) + "\n")

    def run(lists: list[Path]) -> Report:
        directory = PostcodeDirectory.from_csv(tmp_path / "pc.csv")
        return validate_files(
            "ssda903",
            [episodes],
            year="2025-26",
            providers=lists,
            select=["219"],
            postcodes=lambda: directory,
        )

    without_lists = run([])
    assert [(r.status, r.reason) for r in without_lists.rules] == [("not_run", "no provider list was given")]
    assert without_lists.run["providers"] == []
    with_lists = run([homes(tmp_path), care(tmp_path)])
    assert [(r.code, r.findings) for r in with_lists.rules] == [("219", 1)]
    assert [sheet["rows"] for sheet in with_lists.run["providers"]] == [2, 1, 1]
