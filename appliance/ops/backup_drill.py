"""`backup drill`: proves an archive by a restore into a scratch home, a start there and one question."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.backup import shelf
from appliance.backup.pace import Progress
from appliance.errors import LunaError
from appliance.ops.backup_parts import event_of, find, in_thread, lock_for, noted_problem, pace_of
from appliance.ops.core import Call, Change, Done, Operation, Prepared, Risk, param
from appliance.ports import free_port
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from appliance.api import Appliance
    from appliance.backup.keys import Lock
    from appliance.backup.models import Manifest
    from appliance.backup.shelf import Kept
    from appliance.engine.models import Engine

QUESTION = "Are you there? This is a test of the backup."
START_S = 180.0
ANSWER_S = 120.0
REMOVAL_S = 10.0


@dataclass(frozen=True)
class DrillBackup:
    """Which archive is proven."""

    archive: str = param("Its id, its path, or newest.", positional=True, default="newest")
    passphrase: Secret | None = param("The passphrase it was locked with.", default=None)
    key_file: str = param("The backup.key of the box that made it, when that is another one.", default="")


@dataclass(frozen=True)
class Proof:
    """What was seen of the scratch shop, which is gone by now."""

    archive: str
    agent: str
    reply: str
    staff: int
    """Agents that the scratch engine knew."""
    files: int
    unpack_s: float
    start_s: float
    answer_s: float


async def drill(box: Appliance, params: DrillBackup, call: Call) -> Prepared[Proof]:
    """Check memory, space, engine and key.

    Raises:
        LunaError: `memory-short`, `no-space`.
        NotFound: no engine, or no such archive.
    """
    import psutil

    from appliance.backup.drill import refuse_short_memory
    from appliance.backup.staging import refuse_small

    kept = find(box, params.archive)
    lock = lock_for(box, kept, params.passphrase, params.key_file)
    engine = box.engine()
    refuse_short_memory(psutil.virtual_memory().available)
    refuse_small(box.config.disk, box.places.home, max(kept.content, kept.size))

    async def commit() -> Done[Proof]:
        with shelf.at_work(box.places):
            return Done(await prove(box, kept, lock, engine, call))

    return Prepared(
        (Change(kept.path, "restore into a scratch home, start it, ask once, remove it"),), commit
    )


async def prove(box: Appliance, kept: Kept, lock: Lock, engine: Engine, call: Call) -> Proof:
    """The proof itself; the caller holds `at_work`. What it found out is noted with the archive."""
    try:
        async with _scratch_home(box) as home:
            proof = await _proof(box, kept, lock, engine, home, call)
    except LunaError as error:
        noted_problem(box, kept, error)
        raise
    store = shelf.Shelf(box.places)
    now = shelf.now()
    store.note(
        replace(
            store.find(kept.id if not kept.id.startswith("?") else kept.path),
            verified=now,
            proven=now,
            problem="",
        )
    )
    return proof


async def _proof(box: Appliance, kept: Kept, lock: Lock, engine: Engine, home: Path, call: Call) -> Proof:
    from appliance.practice.server import PracticeServer

    began = time.monotonic()
    manifest, scratch = await _unpacked(box, kept, lock, home, call)
    unpacked = time.monotonic()
    with PracticeServer() as practice:
        agent, staff = _prepare_shop(scratch, practice.base_url)
        async with _scratch_gateway(scratch, engine, call):
            started = time.monotonic()
            call.emit(event_of(Progress("ask")))
            reply = await _ask(scratch, agent, call)
            answered = time.monotonic()
        if not reply.strip() or not practice.requests:
            raise _failed("the agent said nothing")
    return Proof(
        kept.id,
        agent,
        reply,
        staff,
        manifest.files,
        round(unpacked - began, 1),
        round(started - unpacked, 1),
        round(answered - started, 1),
    )


async def _unpacked(
    box: Appliance, kept: Kept, lock: Lock, home: Path, call: Call
) -> tuple[Manifest, Appliance]:
    """Everything inside the scratch home, paths rewritten to it; and the box that it makes."""
    from appliance.api import Appliance as Box
    from appliance.backup.reading import manifest_of
    from appliance.backup.staging import unpack
    from appliance.backup.target import layout, placed, rewritten, scratch_places

    places = scratch_places(box.places, home)
    pace = pace_of(call)

    def work() -> Manifest:
        path = Path(kept.path)
        manifest = manifest_of(path, lock, pace)
        where = layout(manifest, places, outside=home / "outside")
        targets = {part.root.name: part.target for part in placed(manifest, where, places, kept.id)}
        if not all(target.is_relative_to(home) for target in targets.values()):
            raise LunaError("A part of the archive would leave the scratch home.", code="proof-escapes")
        unpack(path, lock, targets, pace, box.config.disk)
        if not places.config_path.is_file():
            raise _failed("it holds no configuration")
        data, _changed = rewritten(places.config_path.read_bytes(), where)
        places.config_path.write_bytes(data)
        return manifest

    manifest = await in_thread(pace, work)
    return manifest, Box(places, _environment(home), linger=False)


def _prepare_shop(scratch: Appliance, practice_url: str) -> tuple[str, int]:
    """Check the restored settings, then put the scratch ones in their place; who is asked, and how many."""
    from appliance.agents.listing import list_agents
    from appliance.backup.drill import drop_credentials, scratch_config
    from appliance.places import write_private

    report = scratch.config.validate()
    if not report.valid:
        first = report.problems[0]
        raise _failed(f"its configuration would be refused: {first.path}: {first.message}")
    value = scratch.config.read().value
    staff = list_agents(value, scratch.places)
    if not staff:
        raise _failed("nobody works there")
    drop_credentials(scratch.places.state_dir)
    token, port = secrets.token_hex(24), free_port()
    write_private(scratch.places.config_path, scratch_config(value, port, token, practice_url))
    asked = next((agent for agent in staff if agent.default), staff[0])
    return asked.id, len(staff)


@contextlib.asynccontextmanager
async def _scratch_gateway(scratch: Appliance, engine: Engine, call: Call) -> AsyncIterator[None]:
    """A Gateway that ends with this process, in its own folder, on its own port, with its own log."""
    from appliance.backup.drill import QUIET
    from appliance.engine.running import gateway_service, last_words, start_and_wait
    from launchd.errors import ServiceError

    service = gateway_service(engine, scratch.places, scratch.env)
    supervisor = scratch.supervisor
    try:
        await supervisor.install(replace(service, env={**service.env, **QUIET}))
        call.emit(event_of(Progress("start")))
        await start_and_wait(
            supervisor,
            scratch.endpoint(),
            scratch.identity,
            scratch.places,
            say=lambda _text: None,
            patience=START_S,
        )
        yield
    except ServiceError as error:
        raise LunaError(str(error), hint=error.hint, code=f"service-{error.code}") from error
    except LunaError as error:
        error.add_note(last_words(scratch.places))
        raise
    finally:
        await supervisor.stop()


async def _ask(scratch: Appliance, agent: str, call: Call) -> str:
    from appliance.ops.chat import SEND, SendMessage
    from appliance.ops.dispatch import dispatch

    quiet = replace(call, emit=lambda _event: None, idempotency_key="")
    message = SendMessage(agent, QUESTION, timeout=ANSWER_S, approvals="deny", session="backup-proof")
    return (await dispatch(scratch, SEND, message, quiet)).text


@contextlib.asynccontextmanager
async def _scratch_home(box: Appliance) -> AsyncIterator[Path]:
    """A private folder inside ours; those of proofs that were killed go first, and this one at the end."""
    from appliance.places import private_dir

    above = private_dir(box.places.home / "drill")
    for left in _left(above):
        await asyncio.to_thread(shutil.rmtree, left, ignore_errors=True)
    home = private_dir(above / f"{os.getpid()}-{os.urandom(4).hex()}")
    try:
        yield home
    finally:
        await asyncio.to_thread(_removed, home)


def _left(above: Path) -> Iterator[Path]:
    from appliance.store.processes import is_dead

    for path in above.iterdir():
        pid = path.name.partition("-")[0]
        if pid.isdigit() and is_dead(int(pid)):
            yield path


def _removed(home: Path) -> None:
    """The engine may be on its way out and write a last time."""
    deadline = time.monotonic() + REMOVAL_S
    while home.exists():
        shutil.rmtree(home, ignore_errors=True)
        if not home.exists():
            return
        if time.monotonic() > deadline:
            raise LunaError(
                f"The scratch home {home} cannot be removed.", hint="Remove it by hand.", code="scratch-stays"
            )
        time.sleep(0.1)


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the real shop's: no variable of OpenClaw, no key, no proxy."""
    return {"HOME": str(home), "LANG": "C.UTF-8"}


def _failed(why: str) -> LunaError:
    return LunaError(
        f"The archive was unpacked, but the shop in it does not work: {why}.",
        hint="Make a new backup and prove that one.",
        code="proof-failed",
    )


DRILL = Operation(
    "backup.drill",
    "Prove a backup: restore it into a scratch home, start it there and ask",
    Risk.CHANGE,
    DrillBackup,
    Proof,
    prepare=drill,
    no_undo="The scratch home is gone when the proof ends, and nothing else was touched.",
)
