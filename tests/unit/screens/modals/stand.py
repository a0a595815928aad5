"""One dialog alone on the screen, and what it ended with."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from textual.app import App
from textual.screen import ModalScreen

import screens
from screens.theme import NIGHT


class WithDialog(App[None]):
    """Shows it and keeps its answers."""

    CSS_PATH: ClassVar = [
        Path(screens.__file__).parent / "frame.tcss",
        Path(screens.__file__).parent / "chat" / "screen.tcss",
    ]

    def __init__(self, dialog: ModalScreen[Any]) -> None:
        super().__init__()
        self.register_theme(NIGHT.theme)
        self.theme = NIGHT.name
        self._dialog = dialog
        self.answers: list[Any] = []

    def on_mount(self) -> None:
        self.push_screen(self._dialog, self.answers.append)
