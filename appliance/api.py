"""One box as front ends and operations see it: its parts, each made when first used."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from appliance.errors import Invalid, LunaError, NotFound
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


RECOVERY = "system:recovery"
"""Who finishes or undoes what was cut off."""


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

    async def recover(self, via: str) -> None:
        """Finish or undo what an earlier process left half done: once, before the first change; never asks.

        Raises:
            LunaError: something could not be put right, so no change may follow.
        """
        self._via = via
        if self._recovered:
            return
        from appliance.audit.intents import close_abandoned

        if self.cut_off():
            self._recover_journal(via)
            self._recover_restores(via)
        self.config.sweep()
        self._mend_way_to_vault(via)
        close_abandoned(self.audit, via)
        self._empty_trash(via)
        self.close_files(via, deep=True)
        self._recovered = True

    def cut_off(self) -> bool:
        """Whether an operation over several files may have been cut off, or is under way elsewhere."""
        waits = any(name != "finished" for name in names_in(self.places.journal_dir))
        return waits or bool(names_in(self.places.home / "restore"))

    def _recover_journal(self, via: str) -> None:
        from appliance.audit.intents import note_recovery

        for item in self.journal.recover():
            note_recovery(self.audit, via, item)
            self.history.add(
                actor=RECOVERY,
                operation=item.operation,
                changes=item.kept,
                undo=None,
                via=via,
                why=item.outcome,
            )

    def _recover_restores(self, via: str) -> None:
        """Finish or discard the restores of whole boxes that were cut off; each is noted."""
        from appliance.audit.intents import note
        from appliance.backup.swap import Swaps

        for restore in Swaps(self.places, self.config.disk).recover():
            note(self.audit, via, restore.operation, restore.outcome)

    def _empty_trash(self, via: str) -> None:
        """Remove what has lain there for 30 days; where that fails, it is noted and stops nobody."""
        if not self.places.trash_dir.exists():
            return
        from appliance.audit.events import EMPTY_TRASH
        from appliance.audit.intents import note
        from appliance.store.trash import expired, remove

        try:
            over = expired(self.places.trash_dir)
        except LunaError as error:
            note(self.audit, via, EMPTY_TRASH, error.message)
            return
        if over:
            note(self.audit, via, EMPTY_TRASH, "begun", [f"{entry} goes for good" for entry in over])
        for problem in filter(None, map(remove, over)):
            note(self.audit, via, EMPTY_TRASH, problem)

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

        note(
            self.audit, via, CLOSE_FILES, "begun", [f"{i.path}: {i.mode:04o} → {i.wanted:04o}" for i in wide]
        )
        for problem in filter(None, map(narrow, wide)):
            note(self.audit, via, CLOSE_FILES, problem)

    def process_start(self) -> str:
        """What tells this process from a later one with the same number."""
        from appliance.audit.intents import process_start

        return process_start(os.getpid())

    def _mend_way_to_vault(self, via: str) -> None:
        """After an update of ours OpenClaw would start a program that is no longer there."""
        from appliance.vault import shim

        path = shim.path_of(self.places)
        wrong = shim.problem(self.places) if os.path.lexists(path) else ""
        if not wrong:
            return
        from appliance.audit.events import VAULT_WAY
        from appliance.audit.intents import note

        note(self.audit, via, VAULT_WAY, "begun", [f"{path} is written anew: {wrong}"])
        try:
            shim.install(self.places, self.config.disk)
        except LunaError as error:  # secrets status goes on saying what is wrong
            note(self.audit, via, VAULT_WAY, error.message)

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
