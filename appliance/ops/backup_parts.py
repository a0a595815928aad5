"""What the verbs of `backup` share: the lock of an archive, long work in a thread, the words of progress."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from appliance.backup.pace import Cancelled, Pace
from appliance.backup.shelf import Kept, Shelf, now
from appliance.errors import LunaError
from appliance.ops.core import Event
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.api import Appliance
    from appliance.backup.keys import Lock
    from appliance.backup.models import Manifest
    from appliance.backup.pace import Progress
    from appliance.ops.core import Call
    from appliance.secret import Secret

T = TypeVar("T")
MIB = 1 << 20
WORDS = {
    "collect": "OpenClaw packs its part",
    "write": "Writing the archive",
    "check": "Reading the archive and comparing every file",
    "unpack": "Unpacking",
    "move": "Putting everything in its place",
    "start": "Starting the engine",
    "ask": "Asking the staff",
    "clean": "Tidying up",
}


@dataclass(frozen=True)
class Archive:
    """One archive of the whole box. Times are UTC, ISO 8601, and empty when it never happened."""

    id: str
    path: str
    created: str
    size: int
    """Bytes of the file."""
    content: int
    """Bytes of what is in it."""
    files: int
    left_out: int
    """How many things are not in it."""
    key: str
    """`passphrase`, or `key-file`: the backup.key of the box that made it."""
    business: str
    engine: str
    lunatui: str
    verified: str
    """When every file in it was last read and compared."""
    proven: str
    """When it was last restored into a scratch home, started and asked."""
    problem: str
    there: bool
    """False when its disk is not connected."""


def archive_of(kept: Kept) -> Archive:
    """As front ends see it."""
    return Archive(**kept.__dict__)


def lock_for(box: Appliance, kept: Kept, passphrase: Secret | None, key_file: str) -> Lock:
    """What opens this archive: the passphrase given, the key file given, or the box's own key.

    Raises:
        Usage: `archive-other-key`, it needs a passphrase and none was given.
        LunaError: `backup-key-missing`.
    """
    from appliance.backup.header import header_of
    from appliance.backup.keys import PASSPHRASE, key_path, with_key_file, with_passphrase
    from appliance.errors import Usage

    kind = header_of(Path(kept.path)).key.kind
    if kind == PASSPHRASE and passphrase is None:
        raise Usage(
            "This archive is opened with a passphrase.",
            hint="--passphrase-stdin, or --passphrase-file FILE",
            code="archive-other-key",
        )
    if passphrase is not None:
        return with_passphrase(passphrase)
    return with_key_file(Path(key_file) if key_file else key_path(box.places))


def find(box: Appliance, wanted: str) -> Kept:
    """The archive meant; see `Shelf.find`."""
    return Shelf(box.places).find(wanted)


def pace_of(call: Call) -> Pace:
    """Tells the caller how far the work is; safe to use from another thread."""
    loop = asyncio.get_running_loop()

    def tell(progress: Progress) -> None:
        loop.call_soon_threadsafe(call.emit, event_of(progress))

    return Pace(tell)


def event_of(progress: Progress) -> Event:
    """How far it is, for people and for programs."""
    return Event("progress", _sentence(progress), asdict(progress))


async def in_thread(pace: Pace, work: Callable[[], T]) -> T:
    """Do `work` beside the loop; cancelling ends it at its next step and waits until it has tidied up."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        pace.stop()
        with contextlib.suppress(Cancelled):
            await task
        raise


async def read_whole(box: Appliance, kept: Kept, lock: Lock, call: Call) -> Manifest:
    """Open, hash and compare everything in an archive, and note that this was done."""
    from appliance.backup.reading import manifest_of

    pace = pace_of(call)
    try:
        manifest = await in_thread(pace, lambda: manifest_of(Path(kept.path), lock, pace))
    except LunaError as error:
        if not box.read_only:
            noted_problem(box, kept, error)
        raise
    if not box.read_only:
        about = manifest.about
        Shelf(box.places).note(
            replace(
                kept,
                content=manifest.size,
                files=manifest.files,
                left_out=len(manifest.left_out),
                business=about.business,
                engine=about.engine,
                verified=now(),
                problem="",
            )
        )
    return manifest


def size_of(count: int) -> str:
    """Bytes for people."""
    if count >= 1 << 30:
        return f"{count / (1 << 30):.1f} GB"
    if count >= MIB:
        return f"{count / MIB:.1f} MB"
    return f"{max(1, count >> 10)} KB" if count else "0 KB"


def noted_problem(box: Appliance, kept: Kept, error: LunaError) -> None:
    """Write down why an archive failed; not what only happened here (no memory, a wrong passphrase)."""
    if error.code in {"archive-damaged", "archive-refused", "archive-foreign", "proof-failed"}:
        Shelf(box.places).note(replace(kept, problem=error.message, proven="", verified=""))


def _sentence(progress: Progress) -> str:
    words = WORDS.get(progress.phase, progress.phase)
    if not progress.done:
        return f"{words} …"
    of = f" of {size_of(progress.total)}" if progress.total >= progress.done else ""
    left = f", {progress.left_s:.0f} s left" if progress.left_s else ""
    return f"{words}: {size_of(progress.done)}{of}{left}"
