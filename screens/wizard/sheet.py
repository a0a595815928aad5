"""The last page: what was set up, what was put off, where help is, and the same to print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.widgets import Static

from appliance.text import safe_line
from screens.wizard.questions import Question

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.ops.setup_sheet import SetupSummary, WrittenSheet
    from screens.words import Words


class SheetPage(Question, can_focus=True):
    """What there is now; `p` writes it on a page to print."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "finish", "Open the dashboard", id="wizard.next"),
        Binding("p", "screen.print_sheet", "Page to print", id="wizard.print"),
    ]

    def __init__(self, words: Words, found: SetupSummary) -> None:
        super().__init__(words, "sheet")
        self._found = found

    def fields(self) -> ComposeResult:
        for text in facts(self.words, self._found):
            yield Static(f"✓ {text}", classes="fact", markup=False)
        if later := put_off(self.words, self._found):
            yield Static(self.words("wizard.sheet.later"), classes="heading gap", markup=False)
            for text in later:
                yield Static(f"○ {text}", classes="fact muted", markup=False)
        yield Static(self.words("wizard.sheet.helping"), classes="heading gap", markup=False)
        yield Static(self.words("wizard.sheet.where"), classes="fact muted", markup=False)
        yield Static("", classes="waiting", markup=False)

    def printed(self, sheet: WrittenSheet) -> None:
        """Say where the page lies."""
        path = Path(sheet.file)
        self._wait(
            self.words("wizard.sheet.printed", file=safe_line(path.name), folder=safe_line(path.parent.name))
        )

    def action_finish(self) -> None:
        """The wizard is over."""
        self.post_message(self.Answered())


def facts(words: Words, found: SetupSummary) -> list[str]:
    """What was set up."""
    known = {
        "name": safe_line(found.business) or words("app.shop"),
        "brain": safe_line(found.model.partition("/")[2] or found.model),
        "staff": words("wizard.saved.staff", count=max(0, len(found.staff) - 1)),
        "version": safe_line(found.engine),
    }
    return [words(f"wizard.sheet.{part}", **known) for part in ("business", "brain", "staff", "box")]


def put_off(words: Words, found: SetupSummary) -> list[str]:
    """What was left for later."""
    return [words(f"wizard.sheet.put-off.{name}") for name in found.later]


def page_of(words: Words, found: SetupSummary) -> tuple[str, ...]:
    """The lines of the page to print."""
    name = safe_line(found.business) or words("app.shop")
    later = put_off(words, found)
    staff = words("wizard.sheet.everybody", names=", ".join(map(safe_line, found.staff)))
    return (
        f"# {name}",
        *(" ".join(text.split()) for text in facts(words, found)),
        *((staff,) if found.staff else ()),
        *((f"# {words('wizard.sheet.later')}", *(" ".join(text.split()) for text in later)) if later else ()),
        f"# {words('wizard.sheet.helping')}",
        words("wizard.sheet.where"),
        words("wizard.sheet.start"),
    )
