"""The draft of a text: on disk soon after it was written, whichever screen is there by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.chat_draft import KEEP, KeepDraft

if TYPE_CHECKING:
    from screens.operation_screen import OperationScreen


class TextDraft:
    """One writer at a time; the newest words win."""

    def __init__(self, screen: OperationScreen, agent: str, file: str) -> None:
        self._screen = screen
        self._agent, self._file = agent, file
        self._text, self._kept = "", ""

    def known(self, text: str) -> None:
        """So much stands on the disk."""
        self._text = self._kept = text

    def put(self, text: str) -> None:
        """Keep this; nothing takes the draft away."""
        self._text = text
        group = f"{KEEP.name} {self._agent} {self._file}"
        if text != self._kept and not self._screen.under_way(group):
            self._screen._work(self._screen.app, self._write, KEEP.name, group)

    async def _write(self) -> None:
        while (text := self._text) != self._kept:
            self._kept = text
            draft = KeepDraft(self._agent, text, self._file)
            await self._screen._run(KEEP, draft, quiet=True)
