"""What to choose from around a text: whose stands, and which earlier one comes back."""

from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens.ages import age_of
from screens.widgets.choices import ChoiceList, Option
from screens.widgets.columns import Column, Record
from screens.widgets.record_rows import RecordRows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from textual.app import ComposeResult

    from appliance.ops.agents_texts import TextVersion
    from screens.words import Words


class Conflicts(Vertical):
    """Somebody changed the text meanwhile."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words

    def compose(self) -> ComposeResult:
        yield Static(Content.styled(self._words("editor.text.moved"), "bold"), classes="page-text")
        values = ("look", "theirs")
        yield ChoiceList(
            [
                Option(each, self._words(f"editor.text.{each}"), self._words(f"editor.text.{each}-note"))
                for each in values
            ]
        )

    def focus(self, scroll_visible: bool = True) -> Self:
        """The keys choose."""
        self.query_one(ChoiceList).focus(scroll_visible)
        return self


class Versions(Vertical):
    """The texts before this one, newest first."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words

    def compose(self) -> ComposeResult:
        yield Static(Content.styled(self._words("editor.text.versions"), "bold"), classes="page-text")
        yield RecordRows((Column(priority=0, least=20, most=60),), titles=False)

    def show(self, versions: Sequence[TextVersion]) -> None:
        """These can come back."""
        now = time.time()
        rows = [Record(each.id, (age_of(self._words, _seconds(each.at), now),)) for each in versions]
        self.query_one(RecordRows).show(rows)

    def focus(self, scroll_visible: bool = True) -> Self:
        """The keys choose."""
        self.query_one(RecordRows).focus(scroll_visible)
        return self


def _seconds(at: str) -> float:
    return datetime.datetime.fromisoformat(at).timestamp()
