"""`channels.start`, `stop`, `logout` and `remove`: what OpenClaw does with a line, and what it takes away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError, Note, Refused
from appliance.ops.channels_look import OneChannel
from appliance.ops.config_edit import way_back
from appliance.ops.core import Call, Change, Done, Event, Operation, Prepared, Question, Risk, Undo
from appliance.ops.drive import settled
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.channels.settings import Account
    from appliance.store.prepared import PreparedSave
    from appliance.store.save import Saved


@dataclass(frozen=True)
class Switched:
    """What OpenClaw did."""

    channel: str
    account: str
    done: bool
    """False when it takes effect a little later, or there was nothing to do."""
    reason: str = ""
    """Why it did nothing, in OpenClaw's words."""


@dataclass(frozen=True)
class ChannelRemoved:
    """A line that is gone."""

    channel: str
    account: str
    saved: str
    """`saved and in use`, …"""
    notes: tuple[str, ...] = ()


async def start(box: Appliance, params: OneChannel, _call: Call) -> Prepared[Switched]:
    """Check that the line is set up.

    Raises:
        NotFound: it is not.
    """
    account = _account(box, params)

    async def commit() -> Done[Switched]:
        from appliance.gateway.channel_calls import channel_start

        async with box.gateway() as client:
            told = await channel_start(client, account.channel, account.id)
        if told.outcome.reason == "unlinked":
            raise Refused(
                "This line is not linked with a phone yet.",
                hint=f"lunatui channels login {account.channel}",
                code="line-unlinked",
                facts={"channel": account.channel},
            )
        result = Switched(account.channel, account.id, told.started, told.outcome.reason)
        return Done(result, Undo("channels.stop", _params(account)) if told.started else None)

    return Prepared((Change(_name(account), "start"),), commit)


async def stop(box: Appliance, params: OneChannel, _call: Call) -> Prepared[Switched]:
    """Check that the line is set up.

    Raises:
        NotFound: it is not.
    """
    account = _account(box, params)

    async def commit() -> Done[Switched]:
        from appliance.gateway.channel_calls import channel_stop

        async with box.gateway() as client:
            told = await channel_stop(client, account.channel, account.id)
        return Done(
            Switched(account.channel, account.id, told.stopped), Undo("channels.start", _params(account))
        )

    return Prepared((Change(_name(account), "stop, until it is started or the Gateway starts"),), commit)


async def logout(box: Appliance, params: OneChannel, _call: Call) -> Prepared[Switched]:
    """Find out what OpenClaw would take away.

    Raises:
        NotFound: the line is not set up.
    """
    account = _account(box, params)
    lost = loss(account)

    async def commit() -> Done[Switched]:
        from appliance.gateway.channel_calls import channel_logout

        async with box.gateway() as client:
            told = await channel_logout(client, account.channel, account.id)
        return Done(Switched(account.channel, account.id, told.logged_out or told.cleared))

    return Prepared((Change(_name(account), lost),), commit, (lost,))


async def remove(box: Appliance, params: OneChannel, call: Call) -> Prepared[ChannelRemoved]:
    """Look what stands in the configuration for it.

    Raises:
        NotFound: the line is not set up.
    """
    from appliance.store.edits import MISSING, Edit, format_path, lookup

    account = _account(box, params)
    config = box.config.read().value
    edit = Edit(account.path, MISSING, lookup(config, account.path))
    prepared = await asyncio.to_thread(box.config.prepare, (edit,), may_remove=(format_path(account.path),))
    slots = _slots(config, account)
    changes = [Change(_name(account), "remove")]
    changes += [Change(f"secret {name}", "remove from OpenClaw's secret store") for name in slots]

    async def commit() -> Done[ChannelRemoved]:
        return await _removed(box, account, prepared, slots, call)

    return Prepared(tuple(changes), commit, (*prepared.warnings, loss(account)))


def loss(account: Account) -> Note:
    """What a logout or a removal takes away, which no undo brings back."""
    from appliance.channels.settings import title_of

    title = title_of(account.channel)
    if account.channel == "whatsapp":
        return Note(
            "channel-unlinks", f"{title} is unlinked: somebody has to scan a new code.", channel=title
        )
    words = f"{title}: OpenClaw deletes the token from its settings; you need it again to connect."
    return Note("channel-token-goes", words, channel=title)


async def _removed(
    box: Appliance, account: Account, prepared: PreparedSave, slots: tuple[str, ...], call: Call
) -> Done[ChannelRemoved]:
    from appliance.gateway.calls import secrets_delete
    from appliance.gateway.channel_calls import channel_logout

    notes: list[str] = []
    async with box.gateway(keep=True) as client:
        if account.channel == "whatsapp":
            await channel_logout(client, account.channel, account.id)
        saved, state = await settled(_saved(box, prepared, call), local=True)
        for name in slots:
            try:
                await secrets_delete(client, name)
            except LunaError as error:
                notes.append(f"The token {name} is still in OpenClaw's store: {error.message}")
    for words in notes:
        call.emit(Event("note", words))
    removed = ChannelRemoved(account.channel, account.id, state, tuple(notes))
    return Done(removed, way_back(box, prepared, saved), saved.before_sha256, saved.after_sha256)


async def _saved(box: Appliance, prepared: PreparedSave, call: Call) -> tuple[Saved, str]:
    from appliance.ops.in_use import Watch

    with Watch(box) as watch:
        saved = box.config.save(prepared, operation="channels.remove", actor=call.actor)
        return saved, watch.outcome().state


def _slots(config: dict[str, Any], account: Account) -> tuple[str, ...]:
    from appliance.channels.slots import slot_in_use
    from appliance.channels.tokens import FIELDS

    keys = FIELDS.get(account.channel, {})
    return tuple(filter(None, (slot_in_use(config, account, kind, key) for kind, key in keys.items())))


def _account(box: Appliance, params: OneChannel) -> Account:
    from appliance.channels.settings import account_of

    return account_of(box.config.read().value, params.channel, params.account)


def _name(account: Account) -> str:
    return f"channel {account.channel} ({account.id})"


def _params(account: Account) -> dict[str, str]:
    return {"channel": account.channel, "account": account.id}


def _asks(params: OneChannel) -> Question:
    from appliance.channels.settings import title_of

    return Question(
        f"{title_of(params.channel)} stops answering, and connecting it again needs its token or a phone.",
        channel=title_of(params.channel),
    )


START = Operation("channels.start", "Start a line", Risk.CHANGE, OneChannel, Switched, prepare=start)
STOP = Operation(
    "channels.stop",
    "Stop a line until it is started again, or the Gateway is",
    Risk.CHANGE,
    OneChannel,
    Switched,
    prepare=stop,
)
LOGOUT = Operation(
    "channels.logout",
    "Unlink a line; where it has a token, OpenClaw deletes it",
    Risk.DANGER,
    OneChannel,
    Switched,
    prepare=logout,
    consequence=_asks,
    no_undo="A session or token that OpenClaw took away has to be given anew.",
)
REMOVE = Operation(
    "channels.remove",
    "Take a line off the box, with its token",
    Risk.DANGER,
    OneChannel,
    ChannelRemoved,
    prepare=remove,
    consequence=_asks,
)
