"""The one list: a heading with its age, a filter, the rows, and what is said when there are none."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from textual import events, on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from appliance.text import safe_line
from screens.ages import age_of, waiting_for
from screens.problems import problem_of
from screens.widgets.columns import Column, Record, matches
from screens.widgets.entry import Entry
from screens.widgets.hanging import Hanging, rows_of
from screens.widgets.key_line import key_of, live_bindings
from screens.widgets.record_rows import RecordRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.screen import Screen

    from appliance.errors import LunaError
    from screens.words import Words

AGE_SECONDS = 15.0
"""How often the age is looked at; it is drawn again only when its words change."""


class Filter(Entry):
    """What the rows must contain; enter goes back to them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "To the list", id="list.filtered", key_display="enter")
    ]


class RecordList(Vertical):
    """Loading, rows, nothing, or an error; what is known stays in sight when a look fails."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="list.filter", key_display="/"),
        Binding("escape", "unfilter", "Show all", id="list.unfilter"),
        Binding("r", "retry", "Try again", id="list.retry"),
    ]

    @dataclass
    class Retry(Message):
        """The look that failed is wanted again."""

    @dataclass
    class New(Message):
        """A click on the line that offers a new one."""

    def __init__(
        self, words: Words, columns: Sequence[Column], noun: str, rows: type[RecordRows] = RecordRows
    ) -> None:
        """`noun`: the section of the words that has `count` and `empty`. `rows`: with keys of their own."""
        super().__init__()
        self.rows = rows(columns)
        """The rows, for focus and selection."""
        self._words = words
        self._noun = noun
        self._narrowed: Sequence[Record] | None = None
        """All records while the rows show some of them."""
        self._state: Literal["loading", "data", "error"] = "loading"
        self._error: LunaError | None = None
        self._looked_at = 0.0
        self._began = time.monotonic()
        self._said = Content()
        """The heading as it stands."""
        self._keys: tuple[str, bool] = ("", False)
        self._new_key = ""

    def compose(self) -> ComposeResult:
        yield Static(id="list-heading", markup=False)
        yield Filter(id="list-filter", placeholder=self._words("list.filter"))
        yield Hanging(id="list-notice")
        yield self.rows

    def on_mount(self) -> None:
        self.set_interval(AGE_SECONDS, self._say)
        self.set_interval(1.0, self._count_wait)
        self.screen.bindings_updated_signal.subscribe(self, self._learn_key)
        self._say()

    @property
    def selected(self) -> Record | None:
        """The record under the cursor."""
        return self.rows.selected

    @property
    def error(self) -> LunaError | None:
        """Why the last look failed; None when it did not."""
        return self._error

    @property
    def filter(self) -> str:
        """What the rows are filtered by; empty shows all."""
        return self.query_one("#list-filter", Input).value if self.is_mounted else ""

    def loading_again(self) -> None:
        """A look has begun; rows that are there stay."""
        self._began = time.monotonic()
        if not self._all:
            self._state = "loading"
        self._say()

    def show(self, records: Sequence[Record], looked_at: float | None = None) -> None:
        """What a look brought, and when it was (epoch seconds; now)."""
        self._narrowed = records
        self._state, self._error = "data", None
        self._looked_at = time.time() if looked_at is None else looked_at
        self._narrow()

    def change(self, *records: Record) -> None:
        """Newer versions of some records."""
        if not self.filter:
            self.rows.change(*records)
            return
        newer = {record.key: record for record in records}
        self._narrowed = [newer.get(record.key, record) for record in self._all]
        self._narrow()

    def fail(self, error: LunaError) -> None:
        """A look failed; what an earlier one brought stays, marked with its age."""
        self._state, self._error = "error", error
        self._say()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's signature
        """Keys that mean something now."""
        if action == "retry":
            return self._state == "error"
        if action == "unfilter":
            return self.has_class("-filtering")
        return True

    def action_filter(self) -> None:
        """Let the owner type what the rows must contain."""
        self.add_class("-filtering")
        self.query_one("#list-filter", Input).focus()
        self._say()

    def action_unfilter(self) -> None:
        """Show all rows again."""
        self.query_one("#list-filter", Input).value = ""
        self.rows.focus()
        self.remove_class("-filtering")
        self._say()

    def action_retry(self) -> None:
        self.post_message(self.Retry())

    @on(events.Click, "#list-heading")
    def want_new(self, event: events.Click) -> None:
        """The offer in the heading is clicked."""
        event.stop()
        if self._new_key:
            self.post_message(self.New())

    @on(Input.Changed, "#list-filter")
    def narrow(self, event: Input.Changed) -> None:
        """Filter while typing."""
        event.stop()
        self._narrow()

    @on(Input.Submitted, "#list-filter")
    def leave_filter(self, event: Input.Submitted) -> None:
        """Back to the rows; an empty filter goes away."""
        event.stop()
        self.rows.focus()
        if not event.value:
            self.action_unfilter()

    def on_resize(self) -> None:
        self._say()

    def on_descendant_focus(self) -> None:
        """Keys mean something else while the filter is written."""
        self._say()

    @property
    def _all(self) -> Sequence[Record]:
        """The records without a filter, which are those of the rows while there is none."""
        return self.rows.records if self._narrowed is None else self._narrowed

    def _narrow(self) -> None:
        every, words = self._all, self.filter.casefold().split()
        self._narrowed = every if words else None
        self.rows.show([record for record in every if matches(record, words)] if words else every)
        self._say()

    def _count_wait(self) -> None:
        if self._state == "loading":
            self._say()

    def _say(self) -> None:
        """Bring heading and notice up to date; only what reads differently is drawn again."""
        if not self.is_mounted:
            return
        notice = self._notice()
        heading = self._heading()
        if not heading.is_same(self._said):
            self._said = heading
            self.query_one("#list-heading", Static).update(heading)
        hanging = self.query_one("#list-notice", Hanging)
        hanging.show(rows_of(notice))
        hanging.display = bool(notice.plain)
        keys = (self._state, self.has_class("-filtering"))
        if keys != self._keys:
            self._keys = keys
            self.refresh_bindings()

    def _heading(self) -> Content:
        if not self._all:
            return Content.assemble((self._words(f"place.{self._noun}"), "bold"), *self._offer())
        found, all_of_them = len(self.rows.records), len(self._all)
        parts: list[Content | str | tuple[str, str]] = []
        if self.filter:
            parts.append((self._words("list.found", found=found, count=all_of_them), "bold"))
        else:
            parts.append((self._words(f"{self._noun}.count", count=all_of_them), "bold"))
        parts += self._offer()
        left = Content.assemble(*parts)
        age = Content.styled(age_of(self._words, self._looked_at), "$muted" if not self._error else "$look")
        gap = self.size.width - left.cell_length - age.cell_length
        return Content.assemble(left, " " * gap, age) if gap > 1 else left

    def _learn_key(self, _screen: Screen[Any]) -> None:
        """The keys of a screen are alive only once it is the present one."""
        if not self._new_key and f"{self._noun}.add" in self._words:
            self._say()

    def _offer(self) -> list[Content | str | tuple[str, str]]:
        """The key that makes a new one, and what it makes; nothing where none can be made."""
        key = f"{self._noun}.add"
        elsewhere = self.query_one("#list-filter").has_focus or self.screen.has_class("-beside")
        if key not in self._words or elsewhere:
            return []
        if not self._new_key:
            own = (item for item in live_bindings(self.screen) if item.action == "new")
            self._new_key = next((key_of(self.app, item) for item in own), "")
        return (
            ["   ", (self._new_key, "bold $moon"), " ", (self._words(key), "$muted")] if self._new_key else []
        )

    def _notice(self) -> Content:
        if self._error is not None:
            return _problem(self._words, self._error)
        if self._state == "loading":
            what = self._words(f"{self._noun}.looking")
            return Content.styled(waiting_for(self._words, what, time.monotonic() - self._began), "$muted")
        if not self._all:
            return Content.styled(self._words(f"{self._noun}.empty"), "$muted")
        if not self.rows.records:
            return Content.styled(self._words("empty.filter", text=safe_line(self.filter)), "$muted")
        return Content()


def _problem(words: Words, error: LunaError) -> Content:
    """An error where the data would be: what happened, the next step, and the key that looks again."""
    told = problem_of(words, error)
    parts: list[Content | str | tuple[str, str]] = [("✗ ", "$bad"), told.text]
    if told.next:
        parts += ["\n  ", (told.next, "$muted")]
    key = (words.key("list.retry", "r"), "bold $moon")
    return Content.assemble(*parts, "\n  ", key, " ", (words("key.retry"), "$muted"), "\n")
