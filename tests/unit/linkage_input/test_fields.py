"""Which field a heading means."""

from __future__ import annotations

import pytest

from childlink.linkage.fields import BY_NAME, FIELDS, recognise, squashed


@pytest.mark.parametrize(
    ("heading", "field"),
    [(heading, field.name) for field in FIELDS for heading in field.headings + field.fallback],
)
def test_every_listed_heading_is_recognised_in_any_writing(heading: str, field: str) -> None:
    for written in (heading, heading.upper(), heading.replace("_", " "), heading.replace("_", "-").title()):
        assert recognise([written]).columns == {field: (written,)}


def test_no_heading_means_two_fields() -> None:
    listed = [squashed(heading) for field in FIELDS for heading in {*field.headings, *field.fallback}]
    by_field = {(squashed(h), f.name) for f in FIELDS for h in (*f.headings, *f.fallback)}
    assert len(by_field) == len({heading for heading, _ in by_field})
    assert set(listed) == {heading for heading, _ in by_field}


def test_several_postcodes_also_numbered() -> None:
    found = recognise(["postcode", "Home Postcode", "postcode_2", "placement_postcode 3"])
    assert found.columns == {"postcode": ("postcode", "Home Postcode", "postcode_2", "placement_postcode 3")}


@pytest.mark.parametrize(
    "heading", ["school_postcode", "gp_postcode", "mother_dob", "carer_surname", "upn_2", "colour"]
)
def test_what_is_no_field_of_the_child_is_ignored(heading: str) -> None:
    found = recognise(["id", heading])
    assert found.ignored == (heading,)


def test_two_columns_of_one_field_are_doubled_and_not_chosen_from() -> None:
    found = recognise(["sex", "gender", "upn"])
    assert found.doubled == {"sex": ("sex", "gender")}
    assert "sex" not in found.columns
    assert found.columns["upn"] == ("upn",)


def test_a_local_id_is_the_record_id_only_where_there_is_no_other() -> None:
    assert recognise(["child_id", "dob"]).columns["record_id"] == ("child_id",)
    both = recognise(["record_id", "child_id"])
    assert both.columns["record_id"] == ("record_id",)
    assert both.ignored == ("child_id",)
    assert recognise(["child_id", "person_id"]).doubled == {"record_id": ("child_id", "person_id")}


def test_what_is_mapped_goes_before_what_is_recognised() -> None:
    found = recognise(["dob", "born", "given"], mapped={"born": "date_of_birth", "given": "forename"})
    assert found.columns == {"forename": ("given",), "date_of_birth": ("born",)}
    assert found.ignored == ("dob",)


def test_a_mapped_postcode_does_not_stop_others() -> None:
    found = recognise(["postcode", "where"], mapped={"where": "postcode"})
    assert found.columns["postcode"] == ("postcode", "where")


def test_a_column_can_be_ignored() -> None:
    found = recognise(["sex", "gender"], mapped={"gender": "ignore"})
    assert found.columns == {"sex": ("sex",)}
    assert found.ignored == ("gender",)


def test_further_identifiers_by_their_own_name_or_mapped() -> None:
    found = recognise(
        ["Case Number", "yot"], mapped={"yot": "yot_number"}, identifiers=["case_number", "yot_number"]
    )
    assert found.columns == {"case_number": ("Case Number",), "yot_number": ("yot",)}


def test_columns_come_in_the_order_of_the_fields() -> None:
    headings = [field.headings[0] for field in reversed(FIELDS)]
    assert list(recognise(headings).columns) == list(BY_NAME)
