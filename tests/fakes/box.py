"""A box in a throw-away home and an area of small operations, for tests of the door and the command line.

`python -m tests.fakes.box ARGS...` is the real command line with that area in its registry.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import time
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from appliance import errors
from appliance.api import Appliance
from appliance.ops import registry
from appliance.ops.core import Call, Change, Done, Event, Nothing, Operation, Prepared, Risk, Undo, param
from appliance.places import Places, private_dir
from appliance.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

AREA = "notes"
_BEGUN: WeakKeyDictionary[Appliance, asyncio.Event] = WeakKeyDictionary()


class Colour(Enum):
    """The paper of a note."""

    WHITE = "white"
    BLUE = "blue"


@dataclass(frozen=True)
class WhichNote:
    """One note."""

    name: str = param("Its name.", positional=True)


@dataclass(frozen=True)
class WriteNote:
    """A note and what it says; one parameter of every kind there is."""

    name: str = param("Its name.", positional=True)
    text: str = param("What it says.", default="")
    key: Secret | None = param("A key to keep.", default=None)
    colour: Colour = param("Its paper.", default=Colour.WHITE)
    size: Literal["small", "large"] = param("How big.", default="small")
    tag: tuple[str, ...] = param("A tag; repeat it for more.", default=())
    copies: int = param("How many.", default=1)
    folder: Path | None = param("Where a copy goes.", default=None)
    pinned: bool = param("Keep it on top.", default=False)
    neat: bool = param("Write neatly.", default=True)


@dataclass(frozen=True)
class SealNote:
    """A key that must be given."""

    key: Secret = param("The key.")


@dataclass(frozen=True)
class Act:
    """What happens in the commit."""

    what: str = param("Name of an error class, or bug, interrupt, undo-secret.", positional=True)
    detail: str = param("Text of the error.", default="it did not work")


@dataclass(frozen=True)
class Note:
    """What a note says."""

    name: str
    text: str


@dataclass(frozen=True)
class Notes:
    """All notes."""

    notes: tuple[Note, ...]
    where: str
    colours: tuple[Colour, ...]
    counts: dict[str, int]
    newest: Note | None
    complete: bool
    nothing: str | None = None


def note_path(box: Appliance, name: str) -> Path:
    """Where a note lies."""
    return box.places.state_dir / "notes" / name


def _text(box: Appliance, name: str) -> str:
    path = note_path(box, name)
    return path.read_text(encoding="utf-8") if path.exists() else ""


async def show(box: Appliance, params: WhichNote, _call: Call) -> Note:
    """Read one note."""
    if not note_path(box, params.name).exists():
        raise errors.NotFound(f"There is no note “{params.name}”.", hint="lunatui notes list")
    return Note(params.name, _text(box, params.name))


async def list_(box: Appliance, _params: Nothing, _call: Call) -> Notes:
    """Read all notes."""
    folder = note_path(box, "")
    names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    found = tuple(Note(name, _text(box, name)) for name in names)
    newest = found[-1] if found else None
    return Notes(found, str(folder), tuple(Colour), {"all": len(found)}, newest, complete=True)


async def write(box: Appliance, params: WriteNote, _call: Call) -> Prepared[Note]:
    """Prepare a note."""
    before = _text(box, params.name)
    if params.text == "invalid":
        raise errors.Invalid("A note cannot say that.")
    changes = (Change(params.name, f"{before!r} → {params.text!r}"),) if before != params.text else ()

    async def commit() -> Done[Note]:
        if changes:
            path = note_path(box, params.name)
            private_dir(path.parent)
            path.touch(mode=0o600)
            path.write_text(params.text, encoding="utf-8")
        undo = Undo("notes.write", {"name": params.name, "text": before}) if changes else None
        return Done(Note(params.name, params.text), undo)

    return Prepared(changes, commit, ("This note is loud.",) if params.text.isupper() else ())


async def burn(box: Appliance, params: WhichNote, _call: Call) -> Prepared[Note]:
    """Prepare to destroy a note."""
    before = _text(box, params.name)

    async def commit() -> Done[Note]:
        note_path(box, params.name).unlink()
        return Done(Note(params.name, ""))

    return Prepared(
        (Change(params.name, "burn"),), commit, asks="It is the last one." if before == "last" else ""
    )


async def act(box: Appliance, params: Act, _call: Call) -> Prepared[Note]:
    """Prepare a commit that ends as it is told to."""

    async def commit() -> Done[Note]:
        if params.what == "interrupt":
            raise KeyboardInterrupt
        if params.what == "bug":
            raise ZeroDivisionError(params.detail)
        if params.what == "undo-secret":
            return Done(Note("", ""), Undo("notes.write", {"name": "x", "text": params.detail}))
        raise getattr(errors, params.what)(params.detail, hint=f"Look at {params.detail}.")

    return Prepared((Change("act", params.what),), commit)


async def wait(box: Appliance, _params: Nothing, _call: Call) -> Prepared[Note]:
    """Prepare a commit that ends only when it is cancelled."""

    async def commit() -> Done[Note]:
        _say_ready(box)
        _BEGUN.setdefault(box, asyncio.Event()).set()
        await asyncio.Event().wait()
        raise AssertionError

    return Prepared((Change("wait", "for ever"),), commit)


async def block(box: Appliance, _params: Nothing, _call: Call) -> Prepared[Note]:
    """Prepare a commit without an event loop that ends only by a signal."""

    async def commit() -> Done[Note]:
        _say_ready(box)
        while True:
            time.sleep(60)  # noqa: ASYNC251 - the operation is local: there is no loop to hold up

    return Prepared((Change("block", "for ever"),), commit)


async def seal(box: Appliance, params: SealNote, _call: Call) -> Prepared[Note]:
    """Prepare to keep how long a key is."""

    async def commit() -> Done[Note]:
        with params.key.expose() as text:
            private_dir(note_path(box, ""))
            note_path(box, "sealed").touch(mode=0o600)
            note_path(box, "sealed").write_text(hashlib.sha256(text.encode()).hexdigest(), encoding="utf-8")
            return Done(Note("sealed", str(len(text))))

    return Prepared((Change("sealed", "keep a key"),), commit)


async def sing(_box: Appliance, _params: Nothing, call: Call) -> Note:
    """Say something piece by piece."""
    for piece in ("la ", "la\x1b]52;c;!\x07 "):
        call.emit(Event("delta", piece, {"length": len(piece)}))
    call.emit(Event("end", ""))
    return Note("song", "la la")


async def leak(_box: Appliance, params: WhichNote, _call: Call) -> Note:
    """Hand out what it was given."""
    return Note("leak", f"it is {params.name}\x1b[31m")


async def crash(_box: Appliance, params: WhichNote, _call: Call) -> Note:
    """Fail as no operation may."""
    held = params.name
    raise ZeroDivisionError(f"divided by {held}")


async def begun(box: Appliance) -> None:
    """Wait until `notes.wait` of this box is in its commit."""
    await _BEGUN.setdefault(box, asyncio.Event()).wait()


def _say_ready(box: Appliance) -> None:
    private_dir(box.places.home)
    (box.places.home / "ready").touch(mode=0o600)


SHOW = Operation("notes.show", "Show a note", Risk.READ, WhichNote, Note, run=show, local=True)
WRITE = Operation("notes.write", "Write a note", Risk.CHANGE, WriteNote, Note, prepare=write, local=True)
BURN = Operation(
    "notes.burn",
    "Destroy a note",
    Risk.DANGER,
    WhichNote,
    Note,
    prepare=burn,
    local=True,
    consequence=lambda params: f"Burns the note {params.name} for ever.",
    no_undo="Ash stays ash.",
)
ACT = Operation(
    "notes.act", "End as told", Risk.CHANGE, Act, Note, prepare=act, local=True, no_undo="Nothing."
)
WAIT = Operation("notes.wait", "Wait", Risk.CHANGE, Nothing, Note, prepare=wait, no_undo="Nothing.")
BLOCK = Operation(
    "notes.block", "Block", Risk.CHANGE, Nothing, Note, prepare=block, local=True, no_undo="No."
)
SEAL = Operation("notes.seal", "Seal", Risk.CHANGE, SealNote, Note, prepare=seal, local=True, no_undo="No.")
SING = Operation("notes.sing", "Sing", Risk.READ, Nothing, Note, run=sing, streams=True)
OPERATIONS: tuple[Operation[Any, Any], ...] = (
    SHOW,
    Operation("notes.list", "Show all notes", Risk.READ, Nothing, Notes, run=list_, local=True),
    WRITE,
    BURN,
    ACT,
    WAIT,
    BLOCK,
    SEAL,
    SING,
    Operation("notes.leak", "Leak", Risk.READ, WhichNote, Note, run=leak, local=True),
    Operation("notes.crash", "Crash", Risk.READ, WhichNote, Note, run=crash, local=True),
)


@dataclass
class Consent:
    """Answers every question the same way and remembers it."""

    answer: bool = True
    asked: list[str] = field(default_factory=list)

    async def __call__(self, sentence: str) -> bool:
        self.asked.append(sentence)
        return self.answer


def environment(home: Path) -> dict[str, str]:
    """The variables of a process whose home is `home`."""
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "COLUMNS": "80",
        "NO_COLOR": "1",
    }


def make_box(home: Path, *, read_only: bool = False) -> Appliance:
    """A box that never existed before."""
    env = environment(home)
    return Appliance(Places.from_environment(env), env, read_only=read_only)


def tree(root: Path) -> dict[str, str]:
    """Every path below `root` with its mode and the hash of its content."""
    found = {}
    for path in sorted(root.rglob("*")):
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(root))] = f"{path.lstat().st_mode:o} {content}"
    return found


def install() -> None:
    """Put the area into the registry of this process."""
    registry.AREAS[AREA] = registry.Area("tests.fakes.box", "Notes on paper")


def run(argv: Sequence[str]) -> int:
    """The command line with the area in it."""
    from lunatui.cli import main

    install()
    return main(list(argv))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
