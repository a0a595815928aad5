"""Every screen in every state: whatever an owner can read comes from the words, from data, or is a key.

The screens speak a language of other letters, so that a text written in the code stands out; and a raw error,
an id or a command does too, because none of them is in the words.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from appliance.errors import Note
from appliance.health.models import Trouble
from appliance.ops.core import Change
from tests.gallery import stage
from tests.gallery.box import GalleryBox
from tests.gallery.frames import cells_of
from tests.gallery.registry import SCENES
from tests.unit.screens.words.marked import Marked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gallery.scene import Scene

WORD = re.compile(r"[^\W\d_]{2,}")
MARK = re.compile("[\U0001d5a0-\U0001d5d3]")
KEYS = {"enter", "esc", "ctrl", "space", "tab", "shift", "up", "down", "left", "right", "home", "end"}
KEYS |= {"backspace", "delete", "pageup", "pagedown", "alt", "pgup", "pgdn"}
NAMES = {"whatsapp", "telegram", "slack", "discord", "lunatui", "https", "http", "utc", "mib", "kib"}
GIVEN = ("confirm", "notices")
"""Their text is given by the scene; what operations ask is looked at in test_operations."""
TECHNICAL = ("technical", "details", "advanced")
SHOWN_TO_OWNERS = [
    scene
    for scene in SCENES
    if scene.place not in GIVEN and not any(word in scene.name for word in TECHNICAL)
]


def texts(value: Any) -> Iterator[str]:
    """Every text of an answer that is data: neither an error's nor what an operation says of itself."""
    if isinstance(value, Note):
        yield from value.facts.values()
    elif isinstance(value, str):
        yield value
    elif isinstance(value, Change):
        yield value.summary if " → " in value.summary else ""
    elif isinstance(value, Trouble):
        yield from value.facts.values()
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in texts(item))
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in texts(item))
    elif is_dataclass(value) and not isinstance(value, type):
        said = ("detail", "hint", "warnings", "code") if hasattr(value, "milliseconds") else ("warnings",)
        for item in fields(value):
            if item.name not in said:
                yield from texts(getattr(value, item.name))
        yield from texts([text for text in getattr(value, "warnings", ()) if isinstance(text, Note)])


class Heard(GalleryBox):
    """Keeps what it answered: that is data."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.data: list[str] = []

    async def _given(self, name: str, answers: Any, params: Any, call: Any) -> Any:
        self.data += texts(params)
        answer = await super()._given(name, answers, params, call)
        self.data += texts(answer)
        return answer

    def say(self, kind: str, text: str, data: Any) -> None:
        self.data += [*texts(dict(data)), text if kind == "tool" else ""]
        super().say(kind, text, data)


def foreign(rows: list[str], data: list[str]) -> list[str]:
    """Words on the screen that nobody marked and that are no data; pieces of a cut word are as good."""
    known = {word.casefold() for text in data for word in WORD.findall(text)} | KEYS | NAMES
    said = [word for row in rows for word in WORD.findall(MARK.sub("\u00b7", row))]
    return [word for word in said if not any(word.casefold() in whole for whole in known)]


@pytest.mark.no_cover
@pytest.mark.parametrize("scene", SHOWN_TO_OWNERS, ids=lambda scene: scene.name)
async def test_nothing_on_the_screen_is_written_in_the_code(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "Words", Marked)
    monkeypatch.setattr(stage, "GalleryBox", Heard)
    monkeypatch.setattr("lunatui.tui.Words", Marked)
    async with stage.staged(scene, scene.sizes[0]) as on:
        assert isinstance(on.box, Heard)
        typed = [field.value for screen in on.app.screen_stack for field in screen.query(Input)]
        rows = ["".join(cell.text for cell in row) for row in cells_of(on.app)]
        assert any(MARK.search(row) for row in rows)
        assert not foreign(rows, [*on.box.data, *typed, *texts(on.app.desk.brand)]), "\n".join(rows)
