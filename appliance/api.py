"""One box as front ends and operations see it: its parts, each made when first used."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from appliance.errors import Invalid, NotFound
from appliance.places import create_private, names_in, readable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from appliance.audit.log import AuditLog
    from appliance.engine.models import Engine
    from appliance.gateway.client import GatewayClient
    from appliance.gateway.endpoint import Endpoint
    from appliance.gateway.identity import Identity
    from appliance.health.memory import Memory
    from appliance.history.entries import History
    from appliance.history.receipts import Receipts
    from appliance.places import Places
    from appliance.store.config import ConfigStore
    from appliance.store.journal import Journal
    from appliance.store.snapshot import RawFile
    from launchd.supervisor import Supervisor


class Appliance:
    """The parts of one box. Making it touches nothing; each part is made when first asked for."""

    def __init__(
        self, places: Places, env: Mapping[str, str], *, read_only: bool = False, linger: bool = True
    ) -> None:
        """`linger`: the Gateway survives this process; a demo and a test do not want that."""
        self._linger = linger
        self.places = places
        self.env = env
        self.read_only = read_only
        self._recovered = False
        self._closed = False
        self._via = ""

    @cached_property
    def config(self) -> ConfigStore:
        """openclaw.json: reads, checked edits, locks."""
        from appliance.engine.schema_source import EngineSchema
        from appliance.store.config import ConfigStore

        store = ConfigStore(self.places, schema_source=EngineSchema(self.places, self.env), env=self.env)
        if not self.read_only:
            store.outside = self._note_outside
        return store

    @cached_property
    def journal(self) -> Journal:
        """Operations over several files."""
        from appliance.store.journal import Journal

        return Journal(self.places, self.config)

    @cached_property
    def audit(self) -> AuditLog:
        """The record of every change and refusal."""
        from appliance.audit.log import AuditLog

        return AuditLog(self.places.audit_dir)

    @cached_property
    def history(self) -> History:
        """What was changed and how to take it back."""
        from appliance.history.entries import History

        return History(self.places.history_dir)

    @cached_property
    def receipts(self) -> Receipts:
        """Results kept by idempotency key."""
        from appliance.history.receipts import Receipts

        return Receipts(self.places.home / "receipts")

    @cached_property
    def looks(self) -> Memory:
        """What earlier looks at the shop found out."""
        from appliance.health.memory import Memory

        return Memory()

    @cached_property
    def supervisor(self) -> Supervisor:
        """What keeps the Gateway running on this machine."""
        from launchd.foreground import ForegroundSupervisor

        return ForegroundSupervisor(self.places.home / "run" / "gateway", linger=self._linger)

    def look_outside(self, via: str) -> bool:
        """Notice what another program made of the configuration since the last look; whether it did.

        Raises:
            LunaError: it could not be looked at or noted.
        """
        from appliance.store.versions import notice

        self._via = via
        return notice(self.config)

    def _note_outside(self, now: RawFile, known: bytes) -> None:
        from appliance.audit.intents import note
        from appliance.history.outside import note_outside

        entry = note_outside(self.config, self.history, now, known, self._via)
        note(self.audit, self._via, entry.operation, "seen", entry.changes)

    async def recover(self, via: str) -> tuple[str, ...]:
        """Finish or undo what an earlier process left half done: once, before the first change; never asks.

        Returns what was cut off and how it ended, one sentence each.

        Raises:
            LunaError: something could not be put right, so no change may follow.
        """
        self._via = via
        if self._recovered:
            return ()
        from appliance import recovery

        ended = recovery.begin(self, via)
        self.close_files(via, deep=True)
        self._recovered = True
        return ended

    def cut_off(self) -> bool:
        """Whether an operation over several files may have been cut off, or is under way elsewhere."""
        waits = any(name != "finished" for name in names_in(self.places.journal_dir))
        return waits or bool(names_in(self.places.home / "restore"))

    def close_files(self, via: str, *, deep: bool = False) -> None:
        """Take the rights of others to our files and OpenClaw's away, once a process; put on record first.

        `deep`: look into all of our home, as before a first change; else at what others would meet first.

        Raises:
            LunaError: it cannot be recorded, so nothing was done.
        """
        if self._closed and not deep:
            return
        from appliance.hygiene.modes import narrow, wide_modes

        self._closed = True
        wide = wide_modes(self.places, deep=deep)
        if not wide:
            return
        from appliance.audit.events import CLOSE_FILES
        from appliance.audit.intents import note

        changes = [f"{item.path}: {item.mode:04o} → {item.wanted:04o}" for item in wide]
        note(self.audit, via, CLOSE_FILES, "begun", changes)
        for problem in filter(None, map(narrow, wide)):
            note(self.audit, via, CLOSE_FILES, problem)

    def process_start(self) -> str:
        """What tells this process from a later one with the same number."""
        from appliance.audit.intents import process_start

        return process_start(os.getpid())

    def find_engine(self) -> Engine | None:
        """The OpenClaw this box uses, or None when there is none."""
        from appliance.engine.find import find_engine

        return find_engine(self.places, self.env)

    def engine(self) -> Engine:
        """The OpenClaw this box uses.

        Raises:
            NotFound: none is installed.
        """
        engine = self.find_engine()
        if engine is None:
            raise NotFound(
                "OpenClaw is not installed on this machine.",
                hint="lunatui engine install",
                code="engine-missing",
            )
        return engine

    def endpoint(self) -> Endpoint:
        """Where the Gateway listens, and its token; from the environment when the file is broken."""
        from appliance.gateway.endpoint import locate

        try:
            value = self.config.read().value
        except Invalid:
            value = None
        return locate(value, self.env, self.places.state_dir)

    def identity(self) -> Identity:
        """The device key with which this box shows itself to its Gateway; created on first use."""
        from appliance.gateway.identity import load_identity

        return load_identity(self.places.identity_dir)

    @asynccontextmanager
    async def gateway(
        self, *, wait: float = 0.0, caps: Sequence[str] = (), keep: bool = False
    ) -> AsyncIterator[GatewayClient]:
        """A connected client for the time of a `with`.

        Args:
            wait: seconds to wait out a cold start.
            caps: capabilities to announce besides the usual ones.
            keep: reconnect when the connection is lost.

        Raises:
            Unreachable: nothing answers.
        """
        from appliance.gateway.client import GatewayClient
        from appliance.gateway.handshake import USUAL_CAPS

        client = GatewayClient(
            self.endpoint(), identity=self.identity(), caps=(*USUAL_CAPS, *caps), reread=self.endpoint
        )
        await client.connect(wait=wait, keep=keep)
        try:
            yield client
        finally:
            await client.close()

    def fingerprint_key(self) -> bytes:
        """The 32 random bytes that make fingerprints of secrets unguessable; created on first use."""
        path = self.places.home / "fingerprint.key"
        with readable(path):
            return path.read_bytes() if path.exists() else create_private(path, os.urandom(32))
