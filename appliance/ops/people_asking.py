"""Who waits for being let in on a line, and the answer to that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import NotFound
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Question, Risk, Undo, param
from appliance.people.asking import AT_ONCE, Asking, asking
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.api import Appliance
    from appliance.gateway.pairing_results import PeoplePairing, PersonAsks


@dataclass(frozen=True)
class Line:
    """An account on which strangers get a code."""

    channel: str
    account: str
    waiting: int
    free: int
    """How many more can wait; while it is 0, who writes is not even noted."""


@dataclass(frozen=True)
class Blocked:
    """Somebody who is never let in."""

    channel: str
    person: str


@dataclass(frozen=True)
class People:
    """Who waits, oldest first."""

    waiting: tuple[Asking, ...]
    lines: tuple[Line, ...]
    blocked: tuple[Blocked, ...]
    has_owner: bool
    """Somebody may give OpenClaw commands on a line."""


@dataclass(frozen=True)
class Approve:
    """Who shall be let in."""

    id: str = param("The request, from `people list`.", positional=True)
    notify: bool = param("Tell the person on the line.", default=False)
    owner: bool = param(
        "Also let the person give OpenClaw commands, if nobody may yet: restart, update, change settings.",
        default=False,
    )


@dataclass(frozen=True)
class OneAsking:
    """Which request."""

    id: str = param("The request, from `people list`.", positional=True)


@dataclass(frozen=True)
class PersonDone:
    """What became of somebody's request."""

    channel: str
    person: str
    state: str
    """`let in`, `ignored`, `blocked`, `unblocked`."""
    told: str = ""
    """Whether the person was told: `sent`, `unsupported`, `failed`; empty when nobody wanted that."""
    owner: str = ""
    """`configured`, `already-configured`, `unavailable`; empty when nobody wanted that."""


async def list_(box: Appliance, _params: Nothing, _call: Call) -> People:
    """Ask the Gateway.

    Raises:
        Unreachable: it does not answer.
        Invalid: `blocked-damaged`.
    """
    from appliance.people.blocked import read_blocked

    found, blocked = await pairing(box), read_blocked(box.places)
    waiting = sorted((mark(item, blocked) for item in found.requests), key=lambda item: item.since)
    lines = []
    for each in found.accounts:
        count = sum((item.channel, item.account) == (each.channel, each.account_id) for item in waiting)
        lines.append(Line(each.channel, each.account_id, count, max(0, AT_ONCE - count)))
    return People(
        tuple(waiting),
        tuple(lines),
        tuple(Blocked(*each) for each in blocked),
        found.command_owner_configured,
    )


async def approve(box: Appliance, params: Approve, _call: Call) -> Prepared[PersonDone]:
    """Look who it is and who would answer; whoever says yes is told both.

    Raises:
        NotFound: `person-gone`.
        Unreachable: the Gateway does not answer.
    """
    found = await request(box, params.id)

    async def commit() -> Done[PersonDone]:
        done = await let_in(box, found, notify=params.notify, owner=params.owner)
        person = {"person": found.sender_id, "channel": found.channel, "account": found.account_id}
        return Done(done, Undo("people.revoke", person))

    change = Change(f"{found.channel} {found.account_id}", f"let in {found.sender_id}")
    return Prepared((change,), commit, asks=_question(box, found, params.owner))


async def let_in(box: Appliance, found: PersonAsks, *, notify: bool, owner: bool) -> PersonDone:
    """Tell the Gateway."""
    from appliance.gateway.pairing_calls import person_approve

    async with box.gateway() as client:
        done = await person_approve(client, found, notify=notify, owner=owner)
    told = done.notification if notify else ""
    made = done.command_owner_bootstrap if owner else ""
    return PersonDone(found.channel, found.sender_id, "let in", told, made)


async def reject(box: Appliance, params: OneAsking, _call: Call) -> Prepared[PersonDone]:
    """Find the request; it may come again.

    Raises:
        NotFound: `person-gone`.
        Unreachable: the Gateway does not answer.
    """
    found = await request(box, params.id)

    async def commit() -> Done[PersonDone]:
        await dismiss(box, (found,))
        return Done(PersonDone(found.channel, found.sender_id, "ignored"))

    return Prepared((Change(f"{found.channel} {found.account_id}", f"ignore {found.sender_id}"),), commit)


async def dismiss(box: Appliance, requests: Sequence[PersonAsks]) -> None:
    """Tell the Gateway that these are not let in."""
    from appliance.gateway.pairing_calls import person_dismiss

    if not requests:
        return
    async with box.gateway() as client:
        for item in requests:
            await person_dismiss(client, item)


def mark(item: PersonAsks, blocked: Sequence[tuple[str, str]]) -> Asking:
    """A request, and whether it is of somebody on our list."""
    return asking(item, (item.channel, item.sender_id) in blocked)


def _question(box: Appliance, found: PersonAsks, owner: bool) -> Question:
    from appliance.agents.moves import name_of as agent_name
    from appliance.agents.routes import Router, Sender
    from appliance.people.asking import name_of

    value = box.config.read().value
    route = Router(value).route(Sender(found.channel, found.account_id, "direct", found.sender_id))
    agent = agent_name(value, route.agent) or "–"
    more = " and may give OpenClaw commands: restart, update, change settings" if owner else ""
    name, sender = name_of(found), found.sender_id
    text = f"{name} ({sender}) will get answers from {agent} on {found.channel_label or found.channel}{more}."
    return Question(text, person=name, id=sender, agent=agent, channel=found.channel)


async def request(box: Appliance, wanted: str) -> PersonAsks:
    """What asks under this id.

    Raises:
        NotFound: it does not ask any more.
        Unreachable: the Gateway does not answer.
    """
    for item in (await pairing(box)).requests:
        if item.request_id == wanted:
            return item
    raise NotFound(
        "This person does not wait any more: somebody answered, or an hour went by.",
        hint="lunatui people list",
        code="person-gone",
    )


async def pairing(box: Appliance) -> PeoplePairing:
    """Ask the Gateway.

    Raises:
        Unreachable: it does not answer.
    """
    from appliance.gateway.pairing_calls import people_pairing

    async with box.gateway() as client:
        return await people_pairing(client)


LIST = Operation("people.list", "Who waits for being let in on a line", Risk.READ, Nothing, People, run=list_)
APPROVE = Operation(
    "people.approve", "Let somebody in on a line", Risk.CHANGE, Approve, PersonDone, prepare=approve
)
REJECT = Operation(
    "people.reject",
    "Ignore somebody who asks to be let in",
    Risk.CHANGE,
    OneAsking,
    PersonDone,
    prepare=reject,
    no_undo="Whoever writes again may ask again.",
)
OPERATIONS = (LIST, APPROVE, REJECT)
