"""People who were let in by their request: OpenClaw keeps them, and tells of them through its own command.

There is no call for that list (2026.9.6). `/allowlist` in a conversation reads it, and edits it while
`commands.config` is on; it is sent as any message is, and no model sees it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from appliance.errors import LunaError, NotFound, Usage
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Question, Risk, Undo, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from appliance.api import Appliance
    from appliance.gateway.client import GatewayClient

COMMAND_S = 120.0
"""A conversation that begins on a busy box took 19 s for its first answer."""
TALK = "lunatui"
"""The conversation that carries the commands."""
SWITCH = ("commands", "config")


@dataclass(frozen=True)
class LetIn:
    """Somebody who was let in."""

    channel: str
    account: str
    person: str
    """The channel's id."""


@dataclass(frozen=True)
class PeopleLetIn:
    """All of them, by account."""

    people: tuple[LetIn, ...]
    unknown: tuple[str, ...] = ()
    """Accounts whose list could not be read."""


@dataclass(frozen=True)
class Person:
    """One person on one account."""

    person: str = param("The channel's id of the person, such as a number.", positional=True)
    channel: str = param("The channel, such as telegram.")
    account: str = param("The account, where the channel has several.", default="default")


async def allowed(box: Appliance, _params: Nothing, call: Call) -> PeopleLetIn:
    """Ask for each account that gives strangers a code.

    Raises:
        Unreachable: the Gateway does not answer.
    """
    from appliance.gateway.pairing_calls import people_pairing

    async with box.gateway(keep=True) as client:
        accounts = (await people_pairing(client)).accounts
        found = [(each, await stored(box, client, each.channel, each.account_id, call)) for each in accounts]
    people = [LetIn(each.channel, each.account_id, person) for each, known in found for person in known or ()]
    unknown = tuple(f"{each.channel} {each.account_id}" for each, known in found if known is None)
    return PeopleLetIn(tuple(people), unknown)


async def revoke(box: Appliance, params: Person, call: Call) -> Prepared[LetIn]:
    """Look whether the person is on the list.

    Raises:
        NotFound: `person-unknown`.
        Usage: `person-form`.
        Unreachable: the Gateway does not answer.
    """
    _check(params)
    if params.person not in await _known(box, params, call):
        raise NotFound(
            f"{params.person} was not let in on {params.channel} by request.",
            hint="lunatui people allowed. Who is named in the settings of the line is taken out there.",
            code="person-unknown",
        )
    return _edit(box, params, "remove", call)


async def allow(box: Appliance, params: Person, call: Call) -> Prepared[LetIn]:
    """Look whether the person is on the list; whoever says yes is told what it means.

    Raises:
        Usage: `person-form`.
        Unreachable: the Gateway does not answer.
    """
    _check(params)
    is_known = params.person in await _known(box, params, call)
    return _edit(box, params, "add", call, is_known=is_known)


def _edit(
    box: Appliance, params: Person, verb: str, call: Call, *, is_known: bool = False
) -> Prepared[LetIn]:
    person = LetIn(params.channel, params.account, params.person)

    async def commit() -> Done[LetIn]:
        if is_known:
            return Done(person)
        name = f"people.{'allow' if verb == 'add' else 'revoke'}"
        place = f"channel={person.channel} account={person.account}"
        command = f"/allowlist {verb} dm {place} --store {person.person}"
        async with commands_open(box, name, call), box.gateway(keep=True) as client:
            answer = await say(box, client, command, call)
            now = await stored(box, client, params.channel, params.account, call)
        if now is None or (params.person in now) is not (verb == "add"):
            raise LunaError(
                f"OpenClaw did not do it. It answered: {answer}",
                hint="lunatui people allowed shows who is let in now.",
                code="people-not-done",
            )
        if verb == "add":
            return Done(person, Undo("people.revoke", dict(params.__dict__)))
        return Done(person, Undo("people.allow", dict(params.__dict__)))

    changes = () if is_known else (Change(f"{params.channel} {params.account}", f"{verb} {params.person}"),)
    words = Question(
        f"{params.person} will get answers on {params.channel}.", person=params.person, channel=params.channel
    )
    return Prepared(changes, commit, asks=words if verb == "add" else "")


async def _known(box: Appliance, params: Person, call: Call) -> tuple[str, ...]:
    async with box.gateway(keep=True) as client:
        found = await stored(box, client, params.channel, params.account, call)
    if found is None:
        raise LunaError(
            f"OpenClaw does not say who was let in on {params.channel}.",
            hint="Is the line set up, and does it let people in by request? lunatui people list",
            code="people-unknown",
        )
    return found


async def stored(
    box: Appliance, client: GatewayClient, channel: str, account: str, call: Call
) -> tuple[str, ...] | None:
    """Who was let in there; None when it does not say."""
    from appliance.people.asking import stored_in

    return stored_in(await say(box, client, f"/allowlist list dm channel={channel} account={account}", call))


async def say(box: Appliance, client: GatewayClient, command: str, call: Call) -> str:
    """Send a command of OpenClaw's and read its answer; nothing of it goes to the caller's stream."""
    from dataclasses import replace

    from appliance.agents.roster import default_agent
    from appliance.gateway.chat import run
    from appliance.ops.chat_history import session_key
    from appliance.ops.chat_run import Answering, Terms

    agent = default_agent(box.config.read().value, box.places)
    key = session_key(agent, TALK)
    silent = replace(call, emit=lambda _event: None)
    terms = Terms(agent, key, COMMAND_S, "deny", keep=False)
    return (await Answering(client, terms, silent).through(run(client, key, command))).text


@asynccontextmanager
async def commands_open(box: Appliance, operation: str, call: Call) -> AsyncIterator[None]:
    """With `commands.config` on, as it was before afterwards."""
    import asyncio

    from appliance.ops.config_edit import put_back
    from appliance.ops.in_use import Watch
    from appliance.store.edits import Edit, lookup

    if lookup(box.config.read().value, SWITCH) is True:
        yield
        return
    why = "OpenClaw edits the list only while this is on"
    prepared = box.config.prepare([Edit(SWITCH, True)])

    def switch() -> str:
        with Watch(box) as watch:
            box.config.save(prepared, operation=operation, actor=call.actor, why=why)
            return watch.outcome().words

    state = await asyncio.to_thread(switch)
    try:
        if state != "saved and in use":
            raise LunaError(
                f"The Gateway does not take up the setting that this needs ({state}).",
                hint="lunatui gateway status",
                code="people-not-done",
            )
        yield
    finally:
        await asyncio.to_thread(put_back, box, prepared, operation, call, why)


def _check(params: Person) -> None:
    """One word each: OpenClaw's command takes what stands behind a space for something else."""
    if not all(each and each.isprintable() and " " not in each for each in params.__dict__.values()):
        raise Usage("A person, a channel and an account are one word each.", code="person-form")


ALLOWED = Operation(
    "people.allowed", "Who was let in by request", Risk.READ, Nothing, PeopleLetIn, run=allowed
)
ALLOW = Operation(
    "people.allow", "Let somebody in without a request", Risk.CHANGE, Person, LetIn, prepare=allow
)
REVOKE = Operation(
    "people.revoke", "Take back that somebody was let in", Risk.CHANGE, Person, LetIn, prepare=revoke
)
OPERATIONS = (ALLOWED, ALLOW, REVOKE)
