"""Floor of a screen: Textual with one label, as it comes."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.widgets import Label


class Hello(App[None]):
    """Says hello, and what was typed."""

    BINDINGS: ClassVar = [("x", "answer", "Answer")]

    def compose(self) -> ComposeResult:
        yield Label("Hello Luna", id="said")

    def action_answer(self) -> None:
        """Show that a key arrived."""
        self.query_one("#said", Label).update("Answered!!")


if __name__ == "__main__":
    Hello().run()
