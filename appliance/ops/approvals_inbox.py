"""All that waits for a person, in one list: commands, extensions, OpenClaw's setup, devices, people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from appliance.errors import LunaError, Unreachable
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from appliance.api import Appliance
    from appliance.gateway.chat_results import PendingApproval
    from appliance.gateway.client import GatewayClient
    from appliance.gateway.pairing_results import PersonAsks
    from appliance.people.devices import WaitingDevice

T = TypeVar("T")
Answer = Literal["allow-once", "allow-always", "deny"]
ANSWERS: tuple[Answer, ...] = ("deny", "allow-once", "allow-always")
"""The harmless one first."""
_YES_OR_NO = ("deny", "allow-once")


@dataclass(frozen=True)
class Decision:
    """Something that waits for a person."""

    id: str
    kind: str
    """`exec`: a command; `plugin`: a step of an extension; `system-agent`: of OpenClaw's own setup; `device`:
    a machine or program that wants in; `person`: somebody who wrote on a line."""
    agent: str
    session: str
    command: str
    arguments: tuple[str, ...]
    """The command, one argument each; one piece where it cannot be taken apart. Of a device what it may do
    then, of a person the id and its line."""
    hidden: int
    """Characters in it that no screen shows by themselves."""
    folder: str
    warning: str
    answers: tuple[str, ...]
    """What the engine accepts, `deny` first; anything else it would take for a no."""
    asked_at: float
    """Seconds since 1970."""
    expires_at: float
    """0: as long as it takes."""
    who: str = ""
    """The person or device, by the name that it gives itself."""


def arguments_of(command: str) -> tuple[str, ...]:
    """The command, one argument each, as a shell reads it; whole where it holds more than one command."""
    import shlex

    try:
        words = tuple(shlex.split(command))
    except ValueError:
        return (command,)
    is_simple = not any(sign in command for sign in "|&;<>`$()\n")
    return words if words and is_simple else (command,)


def hidden_in(text: str) -> int:
    """Characters that no screen shows by themselves: controls, bidi, zero width, tags."""
    import unicodedata

    return sum(
        1
        for sign in text
        if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
    )


def accepted(allowed: Iterable[str]) -> tuple[str, ...]:
    """The answers that the engine accepts, the harmless one first; a no is always one."""
    allowed = set(allowed)
    return tuple(answer for answer in ANSWERS if answer == "deny" or answer in allowed)


async def waiting(box: Appliance) -> tuple[Decision, ...]:
    """All of it, oldest first; people on our own list are left out.

    Raises:
        Unreachable: the Gateway does not answer.
    """
    from appliance.gateway.calls import approvals_pending, setup_approvals_pending

    async with box.gateway() as client:
        found = [_approval(item) for item in await approvals_pending(client)]
        found += [_approval(item) for item in await _or_none(setup_approvals_pending, client)]
        found += [_device(item) for item in await _or_none(devices_in, client)]
        found += [_person(item) for item in await _or_none(people_in, client) if not _is_blocked(box, item)]
    return tuple(sorted(found, key=lambda item: item.asked_at))


async def _or_none(
    ask: Callable[[GatewayClient], Awaitable[tuple[T, ...]]], client: GatewayClient
) -> tuple[T, ...]:
    """What a release does not know, or this connection may not see, hides nothing else."""
    try:
        return await ask(client)
    except Unreachable:
        raise
    except LunaError:
        return ()


async def devices_in(client: GatewayClient) -> tuple[WaitingDevice, ...]:
    """Devices that ask."""
    from appliance.gateway.pairing_calls import device_pairs
    from appliance.people.devices import waiting as asking

    return asking(await device_pairs(client))


async def people_in(client: GatewayClient) -> tuple[PersonAsks, ...]:
    """People who ask."""
    from appliance.gateway.pairing_calls import people_pairing

    return (await people_pairing(client)).requests


def _is_blocked(box: Appliance, item: PersonAsks) -> bool:
    from appliance.people.blocked import read_blocked

    return (item.channel, item.sender_id) in read_blocked(box.places)


def _approval(row: PendingApproval) -> Decision:
    asked = row.request
    command = asked.command or asked.title or asked.description
    return Decision(
        row.id,
        row.approval_kind,
        asked.agent_id or "",
        asked.session_key or "",
        command,
        arguments_of(command),
        hidden_in(command),
        asked.cwd or "",
        asked.warning_text or "",
        accepted(asked.allowed_decisions),
        row.created_at_ms / 1000,
        row.expires_at_ms / 1000,
    )


def _device(item: WaitingDevice) -> Decision:
    shown = (*item.roles, *item.rights)
    hidden = hidden_in(" ".join((item.name, *shown)))
    return Decision(
        item.id, "device", "", "", item.wants, shown, hidden, item.address, "", _YES_OR_NO, item.asked_at, 0,
        item.name,
    )  # fmt: skip


def _person(item: PersonAsks) -> Decision:
    from appliance.people.asking import asking

    who = asking(item, blocked=False)
    shown = (item.sender_id, item.channel_label or item.channel)
    hidden = hidden_in(" ".join((who.name, *shown)))
    return Decision(
        who.id, "person", "", "", who.channel, shown, hidden, who.account, "", _YES_OR_NO, who.since,
        who.until, who.name,
    )  # fmt: skip
