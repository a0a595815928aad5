"""Says what did not work and what to do next; what a supporter needs is one key away."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from appliance.text import safe
from screens.modals.dialog import BY_LINES, Dialog, Frame, Keys, More, Reading
from screens.problems import problem_of
from screens.widgets.hanging import Hanging

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.errors import LunaError
    from screens.widgets.hanging import Row
    from screens.words import Words


class Failure(Dialog[None]):
    """One failure; without an error it is a bug of ours."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *BY_LINES,
        Binding("escape,enter,q", "dismiss", "Back", id="failure.close", key_display="enter"),
        Binding("d", "details", "Details", id="failure.details"),
    ]

    def __init__(
        self, words: Words, error: LunaError | None, *, place: str = "", details: bool = False
    ) -> None:
        """`place`: where it happened, which may have words of its own. `details`: with them in sight."""
        super().__init__(words)
        self.is_bug = error is None
        self._error = error
        self._place = place
        self._details = details

    def compose(self) -> ComposeResult:
        error = self._error
        told = problem_of(self._words, error, self._place) if error else None
        with Frame():
            yield Static(self._words("error.title"), classes="dialog-title", markup=False)
            with Reading():
                yield Static(told.text if told else self._words("error.bug"), markup=False)
                if told and told.next:
                    yield Static(told.next, classes="dialog-hint", markup=False)
                yield Hanging(classes="dialog-code")
            yield More()
            yield Keys(self._words)

    def on_mount(self) -> None:
        self.query_one(Hanging).show(technical_rows(self._words, self._error))
        self.query_one(Hanging).display = self._details

    def action_details(self) -> None:
        """Show or hide what a supporter asks for."""
        code = self.query_one(Hanging)
        code.display = not code.display


def technical(words: Words, error: LunaError | None) -> Content:
    """An error as it was raised, as one text."""
    return Content("\n").join(Content.assemble(*row) for row in technical_rows(words, error))


def technical_rows(words: Words, error: LunaError | None) -> list[Row]:
    """Its code, its message, its next step, each behind its name; untrusted text made safe."""
    if error is None:
        return [(Content(), Content(words("technical.bug")))]
    known = {"code": error.code, "message": error.message, "hint": error.hint}
    names = {part: words(f"technical.{part}") for part in known}
    wide = max(map(len, names.values())) + 1
    return [
        (Content.styled(f"{names[part]:<{wide}} ", "$muted"), Content(safe(text)))
        for part, text in known.items()
        if text
    ]
