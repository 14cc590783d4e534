"""The screen of a review: two records side by side, one question, one key for each answer.

It shows what ``session`` and ``records`` give it and keeps nothing. The weight of a pair, and why it is listed,
are shown only once it is answered; what other reviewers said never is.
"""

from __future__ import annotations

from typing import ClassVar

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static

from childlink.linkage.decisions import GROUNDS
from childlink.linkage.review import REASONS
from childlink.review.records import ALIKE, DIFFERS, HIDDEN, ONE_SIDE, SAME, Line, Records
from childlink.review.session import Item, Session

_STYLES = {SAME: "green", ALIKE: "yellow", DIFFERS: "bold red", ONE_SIDE: "dim", HIDDEN: "dim italic"}
_SIGNS = {SAME: "=", ALIKE: "~", DIFFERS: "≠", ONE_SIDE: "·", HIDDEN: "#"}
_SAID = {"same": "one child", "different": "two children", "unsure": "not sure"}


class ReviewApp(App[None]):
    """The review of one reviewer. It ends when the reviewer ends it."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "childlink review"
    CSS = """
    #where { height: auto; padding: 0 1; background: $primary; color: $text; text-style: bold; }
    #records { height: 1fr; padding: 1 1 0 1; }
    #outcome { height: auto; min-height: 4; padding: 0 1; border-top: solid $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "say('same')", "One child"),
        Binding("n", "say('different')", "Two children"),
        Binding("u", "say('unsure')", "Unsure"),
        Binding("enter,space", "next", "Next", key_display="Enter"),
        Binding("b", "before", "Back"),
        Binding("f", "finish", "Finish"),
        *(Binding(str(n), f"ground('{code}')", show=False) for n, code in enumerate(GROUNDS, 1)),
    ]  # fmt: skip

    def __init__(self, session: Session, records: Records) -> None:
        super().__init__()
        self.session = session
        self.records = records
        self.answered = False
        """Whether the pair on the screen has its answer, and its weight may be seen."""

    def compose(self) -> ComposeResult:
        """Where we are, the two records, the question or the answer, and the keys."""
        yield Static(id="where")
        with VerticalScroll(id="records"):
            yield Static(id="pair")
        yield Static(id="outcome")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Show the first pair."""
        self.show()

    def action_say(self, word: str) -> None:
        """Keep an answer, and show what the model thinks."""
        if self.session.current is None or self.answered:
            return
        self.session.answer(word)
        self.answered = True
        self.show()

    def action_ground(self, code: str) -> None:
        """Keep what the answer rests on."""
        if self.answered:
            self.session.ground(code)
            self.show()

    def action_next(self) -> None:
        """The next pair, once this one is answered."""
        if self.answered:
            self.session.next()
            self._ask_again_unless_answered()

    def action_before(self) -> None:
        """This pair again where it is answered, else the one before it."""
        if not self.answered:
            self.session.back()
        self.answered = False
        self.show()

    def action_finish(self) -> None:
        """End. Everything is saved already."""
        self.exit()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the keys that do something now are listed."""
        if action == "say":
            return not self.answered and self.session.current is not None
        if action in ("next", "ground"):
            return self.answered
        return True

    def _ask_again_unless_answered(self) -> None:
        item = self.session.current
        self.answered = item is not None and item.key in self.session.answers
        self.show()

    def show(self) -> None:
        """Draw everything anew."""
        item = self.session.current
        total = len(self.session.queue)
        place = f"pair {self.session.place + 1} of {total}" if item else f"{total} of {total} pairs done"
        self.query_one("#where", Static).update(
            Text(
                f"childlink review · {place} · {len(self.session.answers)} answered · {self.session.reviewer}"
            )
        )
        self.query_one("#pair", Static).update(
            self._pair(item) if item else Text("No pair is left to look at.")
        )
        self.query_one("#outcome", Static).update(self._outcome(item))
        self.query_one("#records", VerticalScroll).scroll_home(animate=False)
        self.refresh_bindings()

    def _pair(self, item: Item) -> RenderableType:
        lines = self.records.side_by_side(item.one, item.other, item.levels)
        table = Table(box=SIMPLE_HEAD, expand=True, show_edge=False, pad_edge=False, header_style="bold")
        table.add_column("", ratio=3)
        for source, record in (item.one, item.other):
            table.add_column(Text(f"{source}\n{record}"), ratio=5, overflow="fold")
        table.add_column("", ratio=4)
        for line in lines:
            table.add_row(*_row(line))
        return table

    def _outcome(self, item: Item | None) -> RenderableType:
        if item is None:
            return Text("f to finish, b to go back.")
        if not self.answered:
            held = self.session.answers.get(item.key)
            before = f" You said before: {_SAID[held]}." if held else ""
            return Text.assemble(("Are these one child?", "bold"), f"{before}  y yes, n no, u unsure")
        told = [Text.assemble("Saved: ", (_SAID[self.session.answers[item.key]], "bold"), ".")]
        told.append(Text(f"The model: {_odds(item.match_weight)}"))
        told.extend(Text(f"Listed because {REASONS[code]}.") for code in item.reasons if code in REASONS)
        chosen = self.session.grounds.get(item.key)
        grounds = Text("It rests on (a figure, if you like):")
        for number, (code, words) in enumerate(GROUNDS.items(), 1):
            grounds.append(f"  {number} {words}", "bold reverse" if code == chosen else "")
        return Group(*told, grounds)


def _row(line: Line) -> tuple[Text, Text, Text, Text]:
    style = _STYLES.get(line.mark, "")
    note = f"{_SIGNS.get(line.mark, ' ')} {line.mark}"
    cells = [
        Text(text, style if line.mark in (ALIKE, DIFFERS, HIDDEN) else "") for text in (line.left, line.right)
    ]
    return Text(line.field), cells[0], cells[1], Text(note, style)


def _odds(weight: float | None) -> str:
    if weight is None:
        return "it did not weigh this pair."
    odds = 2.0 ** min(abs(weight), 40)
    side = "one child" if weight >= 0 else "two children"
    many = f"{odds:,.1f}" if odds < 10 else f"{odds:,.0f}" if odds < 1_000_000 else "more than a million"
    return f"weight {weight:+.1f}: {many} to 1 for {side}."
