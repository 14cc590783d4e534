"""The screen of a review, driven as a person drives it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from textual.widgets import Static

from childlink.linkage.decisions import DECISIONS, read_decisions
from childlink.review.app import ReviewApp
from childlink.review.records import Records, read_records
from childlink.review.session import Session
from tests.conftest import EXTRACTS

Script = Callable[[ReviewApp, Any], Awaitable[None]]


@pytest.fixture(scope="module")
def records() -> Records:
    return read_records(EXTRACTS)


@pytest.fixture
def session(linked: Path, tmp_path: Path, records: Records) -> Session:
    out = Path(shutil.copytree(linked, tmp_path / "out"))
    return Session(out, reviewer="ana", now=lambda: "2026-01-02T03:04:05+00:00", may_show=records.has)


def drive(session: Session, records: Records, script: Script, size: tuple[int, int] = (100, 34)) -> None:
    """Run the screen without a terminal, and the script on it."""

    async def run() -> None:
        app = ReviewApp(session, records)
        async with app.run_test(size=size) as pilot:
            await script(app, pilot)

    asyncio.run(run())


def seen(app: ReviewApp, widget: str) -> str:
    """What a part of the screen says, as text."""
    console = Console(width=100, record=True, file=open("/dev/null", "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    with console.file:
        console.print(app.query_one(widget, Static).content)
    return console.export_text()


def answers(session: Session) -> list[str]:
    return read_decisions(session.file)["answer"].to_list()


def test_the_score_is_hidden_until_the_answer_is_given(session: Session, records: Records) -> None:
    async def script(app: ReviewApp, pilot: Any) -> None:
        everything = " ".join(seen(app, part) for part in ("#where", "#pair", "#outcome"))
        assert "weight" not in everything
        assert "Listed because" not in everything
        assert "one child?" in seen(app, "#outcome")
        await pilot.press("y")
        told = seen(app, "#outcome")
        assert "Saved: one child." in told
        assert "weight" in told
        assert "Listed because" in told

    drive(session, records, script)


def test_each_answer_is_saved_and_the_next_pair_is_shown(session: Session, records: Records) -> None:
    async def script(app: ReviewApp, pilot: Any) -> None:
        first = seen(app, "#pair")
        await pilot.press("y")
        assert answers(session) == ["same"]
        assert seen(app, "#pair") == first
        await pilot.press("enter")
        assert "pair 2 of" in seen(app, "#where")
        assert seen(app, "#pair") != first
        await pilot.press("n")
        await pilot.press("space")
        await pilot.press("u")
        assert sorted(answers(session)) == ["different", "same", "unsure"]

    drive(session, records, script)


def test_a_second_press_changes_nothing_until_the_pair_is_asked_again(
    session: Session, records: Records
) -> None:
    async def script(app: ReviewApp, pilot: Any) -> None:
        await pilot.press("y", "n")
        assert answers(session) == ["same"]
        await pilot.press("b")
        assert "You said before: one child" in seen(app, "#outcome")
        await pilot.press("n")
        assert answers(session) == ["different"]
        assert read_decisions(session.file)["blind"].to_list() == ["no"]

    drive(session, records, script)


def test_back_goes_to_the_pair_before(session: Session, records: Records) -> None:
    async def script(app: ReviewApp, pilot: Any) -> None:
        first = seen(app, "#pair")
        await pilot.press("y", "enter", "b")
        assert seen(app, "#pair") == first

    drive(session, records, script)


def test_enter_does_not_pass_over_a_pair(session: Session, records: Records) -> None:
    async def script(app: ReviewApp, pilot: Any) -> None:
        await pilot.press("enter", "space", "3")
        assert "pair 1 of" in seen(app, "#where")
        assert not (session.file).exists()

    drive(session, records, script)


def test_what_an_answer_rests_on_is_kept(session: Session, records: Records) -> None:
    async def script(app: ReviewApp, pilot: Any) -> None:
        await pilot.press("n", "5")
        assert read_decisions(session.file)["ground"].to_list() == ["family"]

    drive(session, records, script)


def test_finish_ends_and_all_is_kept(session: Session, records: Records) -> None:
    async def script(app: ReviewApp, pilot: Any) -> None:
        await pilot.press("y", "enter", "f")

    drive(session, records, script)
    assert answers(session) == ["same"]
    assert session.as_object()["left"] == len(session.queue) - 1


def test_it_ends_calmly_when_pairs_run_out(session: Session, records: Records) -> None:
    session.queue = session.queue[:1]

    async def script(app: ReviewApp, pilot: Any) -> None:
        await pilot.press("u", "enter")
        assert "No pair is left" in seen(app, "#pair")
        await pilot.press("y", "enter", "b")
        assert "pair 1 of 1" in seen(app, "#where")

    drive(session, records, script)


def test_differences_are_marked_in_words_and_not_by_colour_alone(session: Session, records: Records) -> None:
    async def script(app: ReviewApp, pilot: Any) -> None:
        shown = seen(app, "#pair")
        assert "forename" in shown
        assert any(word in shown for word in ("≠ differs", "~ alike"))
        assert "= same" in shown

    drive(session, records, script)


def test_it_works_on_a_small_screen(session: Session, records: Records) -> None:
    async def script(app: ReviewApp, pilot: Any) -> None:
        await pilot.press("y", "enter", "f")

    drive(session, records, script, size=(40, 12))
    assert session.file.name == DECISIONS
