"""The presets for small numbers, as their owners publish them."""

from __future__ import annotations

import pytest

from childlink.sharing.disclosure import DEFAULT_PRESET, PRESETS


@pytest.mark.parametrize(
    ("preset", "shown"),
    [
        ("opensafely", {0: "[REDACTED]", 1: "[REDACTED]", 7: "[REDACTED]", 8: "10", 12: "10", 13: "15"}),
        ("dfe", {0: "0", 1: "c", 5: "c", 6: "10", 14: "10", 15: "20", 25: "30"}),
        ("nhs", {0: "0", 1: "*", 7: "*", 8: "10", 102: "100", 103: "105"}),
        ("ons", {0: "0", 1: "[c]", 9: "[c]", 10: "10", 11: "11"}),
    ],
)
def test_what_is_shown_for_a_count(preset: str, shown: dict[int, str]) -> None:
    assert {count: PRESETS[preset].shown(count) for count in shown} == shown


def test_control_is_on_by_default() -> None:
    assert DEFAULT_PRESET in PRESETS
    assert all(preset.hides(1) for preset in PRESETS.values())
