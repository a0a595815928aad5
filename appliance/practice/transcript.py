"""The messages of one request, reduced to what the practice model reacts to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_CONTEXT_START = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>"
_TIME_STAMP = re.compile(r"^\[\w{3} \d{4}-\d\d-\d\d \d\d:\d\d[^\]\n]*\] ")
_RUNTIME = re.compile(r"\n\n(Runtime: name=[^\n]*)\s*$")


@dataclass(frozen=True)
class Turn:
    """One message, whatever the wire format."""

    role: str
    """`system`, `user`, `assistant` or `tool`."""
    text: str


@dataclass(frozen=True)
class Transcript:
    """What a request says, without the wrapping OpenClaw 2026.9.6 puts around a user's words."""

    system: str = ""
    """All system texts, and the runtime line that names the agent."""
    text: str = ""
    """The last thing the user said."""
    tool_result: str | None = None
    """Text of the tool result the request ends in, if it ends in one."""


def read_transcript(turns: Sequence[Turn]) -> Transcript:
    """Reduce the messages of a request; OpenClaw's own context blocks (sent as a user) are left out."""
    spoken = [turn for turn in turns if not turn.text.lstrip().startswith(_CONTEXT_START)]
    system = [turn.text for turn in spoken if turn.role == "system"]
    users = [turn.text for turn in spoken if turn.role == "user" and turn.text]
    runtime = [match[1] for text in users if (match := _RUNTIME.search(text))]
    return Transcript(
        system="\n\n".join([*system, *runtime[-1:]]),
        text=_unwrapped(users[-1]) if users else "",
        tool_result=spoken[-1].text if spoken and spoken[-1].role == "tool" else None,
    )


def _unwrapped(text: str) -> str:
    return _RUNTIME.sub("", _TIME_STAMP.sub("", text)).strip()
