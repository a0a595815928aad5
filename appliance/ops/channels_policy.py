"""`channels.policy`: who gets an answer on a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.channels.wish import Who
from appliance.errors import Note
from appliance.ops.config_edit import Saved, prepare_edits
from appliance.ops.core import Call, Operation, Prepared, Question, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.channels.policy import Policy
    from appliance.store.edits import Edit

OPERATION = "channels.policy"


@dataclass(frozen=True)
class SetPolicy:
    """Who gets an answer."""

    channel: str = param("Such as whatsapp, telegram or slack.", positional=True)
    who: Who = param("listed, code (whoever you let in), everybody or nobody.")
    allow: tuple[str, ...] = param(
        "A number or id on the list; repeat it. All of them, not more.", default=()
    )
    groups: Who = param("The same for groups.", default="nobody")
    account: str = param("One of its accounts; its default one when left out.", default="")


async def policy(box: Appliance, params: SetPolicy, call: Call) -> Prepared[Saved]:
    """Check what it would mean for strangers.

    Raises:
        NotFound: the line is not set up.
        Refused: `personal-number`, strangers would receive something on their owner's own number.
        Usage: `nobody-listed`, `phone-number`.
    """
    from dataclasses import replace

    from appliance.channels.settings import account_of
    from appliance.channels.wish import Wish, wish_edits

    config = box.config.read().value
    account = account_of(config, params.channel, params.account)
    wish = Wish(params.who, params.allow, params.groups)
    edits = wish_edits(config, account.channel, account.id, wish)
    prepared = prepare_edits(
        box, edits, OPERATION, call, why=f"who gets an answer on {account.channel}", may_remove=names(edits)
    )
    after, notes = consequences(config, edits, account.channel, account.id)
    return replace(prepared, warnings=(*prepared.warnings, *notes), asks=opening(after) if edits else "")


def consequences(
    config: dict[str, Any], edits: tuple[Edit, ...], channel: str, account: str
) -> tuple[Policy, tuple[Note, ...]]:
    """The policy after some edits, and what whoever makes them should know."""
    from appliance.agents.moves import edited
    from appliance.channels.policy import policy_of
    from appliance.channels.settings import expected_account, title_of
    from appliance.channels.wish import others_changed

    value = edited(config, edits)
    after = policy_of(value, expected_account(value, channel, account))
    notes = [Note("channel-policy", after.sentence, channel=title_of(channel))]
    if others := others_changed(config, value, channel, account):
        names = ", ".join(others)
        words = f"{title_of(channel)}: these accounts have no rule of their own and follow: {names}."
        notes.append(Note("channel-others", words, channel=title_of(channel), accounts=names))
    return after, tuple(notes)


def opening(after: Policy) -> str:
    """The question for a line that lets strangers in; empty for any other."""
    from appliance.channels.settings import title_of

    if not after.lets_strangers_in:
        return ""
    channel = title_of(after.channel)
    return Question(
        f"Anybody who finds this line on {channel} gets answers from your assistant, and costs money.",
        channel=channel,
    )


def names(edits: tuple[Edit, ...]) -> tuple[str, ...]:
    """The settings that an edit may make smaller."""
    return tuple(edit.name for edit in edits)


POLICY = Operation(
    OPERATION,
    "Say who gets an answer on a line",
    Risk.CHANGE,
    SetPolicy,
    Saved,
    prepare=policy,
    local=True,
)
