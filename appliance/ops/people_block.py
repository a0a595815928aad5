"""A list of our own: people who are never let in. Each request of theirs is dismissed when it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import NotFound, Unreachable
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Risk, Undo, param
from appliance.ops.people_asking import Blocked, PersonDone, dismiss, mark, pairing
from appliance.people.blocked import read_blocked, write_blocked
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.gateway.pairing_results import PersonAsks


@dataclass(frozen=True)
class OnePerson:
    """One person on a channel."""

    person: str = param("The channel's id of the person, such as a number.", positional=True)
    channel: str = param("The channel, such as telegram.")


@dataclass(frozen=True)
class Enforced:
    """Requests of blocked people that were dismissed."""

    dismissed: tuple[Blocked, ...]


async def block(box: Appliance, params: OnePerson, _call: Call) -> Prepared[PersonDone]:
    """Put somebody on our list; what waits of that person goes at once, if the Gateway answers.

    Raises:
        Invalid: `blocked-damaged`.
    """
    person = (params.channel, params.person)
    known = read_blocked(box.places)

    async def commit() -> Done[PersonDone]:
        if changes:
            write_blocked(box.places, (*read_blocked(box.places), person))
        await _enforce_now(box)
        return Done(PersonDone(*person, "blocked"), Undo("people.unblock", dict(params.__dict__)))

    changes = () if person in known else (Change("blocked.toml", f"block {params.person}"),)
    return Prepared(changes, commit)


async def unblock(box: Appliance, params: OnePerson, _call: Call) -> Prepared[PersonDone]:
    """Take somebody off our list.

    Raises:
        NotFound: `person-not-blocked`.
        Invalid: `blocked-damaged`.
    """
    person = (params.channel, params.person)
    if person not in read_blocked(box.places):
        raise NotFound(
            f"{params.person} is not blocked.", hint="lunatui people list", code="person-not-blocked"
        )

    async def commit() -> Done[PersonDone]:
        write_blocked(box.places, (each for each in read_blocked(box.places) if each != person))
        return Done(PersonDone(*person, "unblocked"), Undo("people.block", dict(params.__dict__)))

    return Prepared((Change("blocked.toml", f"unblock {params.person}"),), commit)


async def enforce(box: Appliance, _params: Nothing, _call: Call) -> Prepared[Enforced]:
    """Find what waits of people who are blocked.

    Raises:
        Unreachable: the Gateway does not answer.
        Invalid: `blocked-damaged`.
    """
    found = await _of_blocked(box)
    gone = Enforced(tuple(Blocked(item.channel, item.sender_id) for item in found))

    async def commit() -> Done[Enforced]:
        await dismiss(box, found)
        return Done(gone)

    return Prepared(tuple(Change(item.channel, f"ignore {item.sender_id}") for item in found), commit)


async def _enforce_now(box: Appliance) -> None:
    try:
        await dismiss(box, await _of_blocked(box))
    except Unreachable:
        return  # nothing waits while nothing runs; the next look dismisses what comes


async def _of_blocked(box: Appliance) -> tuple[PersonAsks, ...]:
    blocked = read_blocked(box.places)
    if not blocked:
        return ()
    return tuple(item for item in (await pairing(box)).requests if mark(item, blocked).blocked)


BLOCK = Operation(
    "people.block",
    "Never let somebody in, and ignore what they ask",
    Risk.CHANGE,
    OnePerson,
    PersonDone,
    prepare=block,
)
UNBLOCK = Operation(
    "people.unblock", "Let somebody ask again", Risk.CHANGE, OnePerson, PersonDone, prepare=unblock
)
ENFORCE = Operation(
    "people.enforce",
    "Ignore what blocked people ask",
    Risk.CHANGE,
    Nothing,
    Enforced,
    prepare=enforce,
    no_undo="Whoever writes again may ask again.",
)
OPERATIONS = (BLOCK, UNBLOCK, ENFORCE)
