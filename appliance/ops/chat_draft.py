"""What somebody was about to say to an agent, or to write for it: kept, so that no dropped line loses it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from appliance.ops.core import Call, Done, Operation, Prepared, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance

LIMIT = 64 * 1024
"""Characters of an unsent message that are kept."""


@dataclass(frozen=True)
class WhoseDraft:
    """Whose field it stands in."""

    agent: str = param("Id of the agent.", positional=True)
    file: str = param("The text of the agent that it becomes; a message when left out.", default="")


@dataclass(frozen=True)
class KeepDraft:
    """What stands in the field of an agent."""

    agent: str = param("Id of the agent.", positional=True)
    text: str = param("What was written so far; nothing takes the draft away.", default="", private=True)
    file: str = param("The text of the agent that it becomes; a message when left out.", default="")


@dataclass(frozen=True)
class MessageDraft:
    """An unsent message; empty when there is none."""

    agent: str
    text: str
    kept: bool
    """False where the text was not written down because it holds a key."""


def _path(box: Appliance, call: Call, agent: str, file: str) -> Path:
    named = f"{agent} {file}" if file else agent
    return box.places.home / "drafts" / quote(call.actor, safe="") / f"{quote(named, safe='')}.txt"


async def show(box: Appliance, params: WhoseDraft, call: Call) -> MessageDraft:
    """Read the caller's own draft for this agent."""
    from appliance.places import readable

    path = _path(box, call, params.agent, params.file)
    with readable(path):
        if not path.is_file():
            return MessageDraft(params.agent, "", kept=True)
        return MessageDraft(
            params.agent, path.read_bytes()[: LIMIT * 4].decode("utf-8", "replace"), kept=True
        )


async def keep(box: Appliance, params: KeepDraft, call: Call) -> Prepared[MessageDraft]:
    """A draft is a bookmark and no change: it leaves no record. Text that holds a key is not written down."""

    async def commit() -> Done[MessageDraft]:
        from appliance.places import write_private
        from appliance.redact import redact

        path = _path(box, call, params.agent, params.file)
        text = params.text[:LIMIT]
        kept = redact(text) == text
        if text and kept:
            write_private(path, text.encode("utf-8", "backslashreplace"))
        else:
            path.unlink(missing_ok=True)
        return Done(MessageDraft(params.agent, text if kept else "", kept))

    return Prepared((), commit)


DRAFT = Operation(
    "chat.draft",
    "What was written to an agent and not sent",
    Risk.READ,
    WhoseDraft,
    MessageDraft,
    run=show,
    local=True,
)
KEEP = Operation(
    "chat.keep",
    "Keep what is written to an agent until it is sent",
    Risk.CHANGE,
    KeepDraft,
    MessageDraft,
    prepare=keep,
    local=True,
    no_undo="Nothing is changed by it: the text waits where it was written.",
)
