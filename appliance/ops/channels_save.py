"""Saving a bot's line: plugin, token, settings, OpenClaw's connection; taken back where that is refused."""

from __future__ import annotations

import asyncio
from dataclasses import field
from typing import TYPE_CHECKING

from appliance.channels.settings import Account
from appliance.channels.tokens import Kind
from appliance.errors import Conflict, LunaError, Refused
from appliance.ops.channels_check import TokenStep
from appliance.ops.channels_plugin import install_plugin
from appliance.ops.config_edit import put_back, way_back
from appliance.ops.core import Call, Done, Event
from appliance.ops.drive import settled
from appliance.store.edits import Edit
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.channels.facts import Facts
    from appliance.gateway.client import GatewayClient
    from appliance.store.prepared import PreparedSave
    from appliance.store.save import Saved

OPERATION = "channels.add"
CONNECT_SECONDS = 120.0
"""A bot's line took 4 to 27 s from the save to its connection."""
START_AFTER_SECONDS = 10.0
"""A line that was stopped by hand stays stopped after a save, so that long after it it is started."""
LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class ChannelAdded:
    """The line as it was saved."""

    channel: str
    account: str
    name: str
    """Who the bot is, as its service calls it."""
    state: str
    """What OpenClaw made of it: `ready`, or `starting` when it was not there in time."""
    saved: str
    """`saved and in use`, …"""
    policy: str
    """Who gets an answer, in one sentence."""
    steps: tuple[TokenStep, ...]


@dataclass(frozen=True)
class Wanted:
    """A checked request."""

    account: Account
    tokens: dict[Kind, str] = field(repr=False)
    slots: dict[Kind, str]
    """The names under which they will be stored."""
    old_slots: tuple[str, ...]
    edits: tuple[Edit, ...]
    steps: tuple[TokenStep, ...]
    needs_plugin: bool
    policy: str

    @property
    def name(self) -> str:
        """Who the bot is."""
        return next((step.detail for step in self.steps if step.name == "name"), "")


async def save(box: Appliance, wanted: Wanted, prepared: PreparedSave, call: Call) -> Done[ChannelAdded]:
    """Do it.

    Raises:
        Refused: `channel-token-refused`, OpenClaw was refused with it; everything is as it was.
        Conflict: `second-poller`, the same.
        LunaError: the plugin, the store or the configuration.
    """
    async with box.gateway(keep=True) as client:
        return await _Saving(box, wanted, prepared, call, client).run()


class _Saving:
    """One line on its way into OpenClaw."""

    def __init__(
        self, box: Appliance, wanted: Wanted, prepared: PreparedSave, call: Call, client: GatewayClient
    ) -> None:
        self._box = box
        self._wanted = wanted
        self._prepared = prepared
        self._call = call
        self._client = client

    async def run(self) -> Done[ChannelAdded]:
        from appliance.gateway.calls import secrets_set

        wanted = self._wanted
        if wanted.needs_plugin:
            await install_plugin(self._box, self._client, wanted.account.channel, self._call)
        agreed = False
        try:
            for kind, name in wanted.slots.items():
                await secrets_set(self._client, name, wanted.tokens[kind])
            saved, state = await settled(self._saved(), local=True)
            try:
                facts = await self._connected()
                agreed = True
            finally:
                if not agreed:
                    await settled(self._restored(), local=True)
        finally:
            if not agreed:
                await self._gone(tuple(wanted.slots.values()), "unused")
        await self._gone(wanted.old_slots, "old")
        return self._done(saved, state, facts)

    def _done(self, saved: Saved, state: str, facts: Facts) -> Done[ChannelAdded]:
        wanted, account = self._wanted, self._wanted.account
        step = TokenStep("openclaw", "ok" if facts.state == "ready" else "warning", facts.problem)
        added = ChannelAdded(
            account.channel, account.id, wanted.name, facts.state, state, wanted.policy, (*wanted.steps, step)
        )
        rotated = bool(wanted.old_slots)  # OpenClaw's store never gives a token back, and the old one is gone
        undo = None if rotated else way_back(self._box, self._prepared, saved)
        return Done(added, undo, saved.before_sha256, saved.after_sha256)

    async def _saved(self) -> tuple[Saved, str]:
        from appliance.ops.in_use import Watch

        with Watch(self._box) as watch:
            saved = self._box.config.save(self._prepared, operation=OPERATION, actor=self._call.actor)
            return saved, watch.outcome().state

    async def _connected(self) -> Facts:
        """What OpenClaw made of it; a line that only takes long is left to it.

        Raises:
            Refused, Conflict: the service refuses OpenClaw.
        """
        self._call.emit(Event("progress", "Waiting for OpenClaw to connect…"))
        loop = asyncio.get_running_loop()
        begun, started = loop.time(), False
        while True:
            facts = await self._facts()
            waited = loop.time() - begun
            if facts.state == "ready" or waited >= CONNECT_SECONDS:
                return facts
            if facts.state == "failing":
                _refuse(facts)
            if facts.state == "stopped" and not started and waited >= START_AFTER_SECONDS:
                started = True
                await self._start()
            await asyncio.sleep(LOOK_SECONDS)

    async def _facts(self) -> Facts:
        from appliance.channels.facts import facts_of
        from appliance.channels.settings import expected_account
        from appliance.gateway.channel_calls import channels_status

        account = self._wanted.account
        now = expected_account(self._box.config.read().value, account.channel, account.id)
        return facts_of(now, await channels_status(self._client))

    async def _start(self) -> None:
        from appliance.gateway.channel_calls import channel_start

        try:
            await channel_start(self._client, self._wanted.account.channel, self._wanted.account.id)
        except LunaError as error:
            self._call.emit(Event("note", f"OpenClaw does not start the line yet: {error.message}"))

    async def _restored(self) -> None:
        put_back(self._box, self._prepared, OPERATION, self._call, "the line was refused")

    async def _gone(self, names: tuple[str, ...], which: str) -> None:
        """Take tokens out of OpenClaw's store; where that fails it is said, and what went before counts."""
        from appliance.gateway.calls import secrets_delete

        for name in names:
            try:
                await secrets_delete(self._client, name)
            except LunaError as error:
                words = f"The {which} token {name} is still in OpenClaw's store: {error.message}"
                self._call.emit(Event("note", words))


def _refuse(facts: Facts) -> None:
    """Raise what another program or the service itself has against the line; anything else may pass."""
    problem = facts.problem.lower()
    told = {"channel": facts.title}
    if "conflict" in problem and "getupdates" in problem:
        raise Conflict(
            f"Another program answers for this bot already: {facts.problem} What was there before is back.",
            hint="Stop it there, or make a bot of its own for this box.",
            code="second-poller",
            facts=told,
        )
    if any(word in problem for word in ("unauthorized", "invalid_auth", "401", "token_revoked")):
        raise Refused(
            f"{facts.title} refuses this token: {facts.problem} What was there before is back.",
            hint="Copy it again, all of it; a token that was made anew ends the one before.",
            code="channel-token-refused",
            facts=told,
        )
