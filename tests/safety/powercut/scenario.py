"""A scenario: what is on the disk before, what the product does to it, and what must hold after a cut."""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.api import Appliance
from appliance.ops.drive import drive
from appliance.places import Places
from tests.safety import kills
from tests.safety.boxes import Box
from tests.safety.powercut.model import Model
from tests.safety.powercut.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.safety.powercut.ops import Op
    from tests.safety.powercut.state import State

Say = Callable[[str], None]
"""Called with what the user has been told."""


@dataclass(frozen=True)
class Found:
    """The box as it is found after the cut, and what the user had been told by then."""

    box: Box
    said: frozenset[str]
    trace: Trace
    """What was going on."""

    def recover(self) -> None:
        """The next start."""
        start_again(self.box)


@dataclass(frozen=True)
class Scenario:
    """One kind of work on one kind of box."""

    name: str
    prepare: Callable[[Box], None]
    """Makes the home; all of it counts as confirmed by the disk."""
    run: Callable[[Box, Say], None]
    """What is recorded."""
    check: Callable[[Found], None]
    """Fails when a promise is broken; gets the box as the cut left it."""


@dataclass(frozen=True)
class Trace:
    """A scenario that was run once."""

    scenario: Scenario
    home: Path
    before: dict[str, bytes]
    """Every file before the run, by its path below the home."""
    after: dict[str, bytes]
    """Every file after it."""
    ops: tuple[Op, ...]
    _at_first: Path

    def moments(self, *, fine: bool = False) -> Iterator[tuple[int, Model, frozenset[str]]]:
        """The model before the first call and after each, and what had been said by then."""
        model, said = Model(self._at_first, fine=fine), frozenset[str]()
        yield 0, model, said
        for number, op in enumerate(self.ops, 1):
            if op.call == "say":
                said |= {op.path}
            else:
                model.apply(op)
            yield number, model, said

    @cached_property
    def sites(self) -> tuple[str, ...]:
        """Every line of the product that synced something in this run."""
        return tuple(dict.fromkeys(op.site for op in self.ops if op.call in ("sync", "sync-folder")))

    def first_violation(self) -> str:
        """A broken promise among the near states, the last ones first; empty when there is none.

        What was not synced is mostly missed late, when something has been said to be done.
        """
        states: dict[tuple[bytes, frozenset[str]], State] = {}
        for _, model, said in self.moments():
            for state in model.near_states():
                states.setdefault((state.digest, said), state)
        for (_digest, said), state in reversed(states.items()):
            if found := self.violation(state, said):
                return found
        return ""

    def box(self) -> Box:
        """The box as it is now."""
        return box_in(self.home)

    def reset(self) -> None:
        """Put the home back to what it was before the run."""
        shutil.rmtree(self.home)
        copy_tree(self._at_first, self.home)

    def broken_by(self, said: Iterable[str]) -> str:
        """Which promise the home as it is now breaks; empty when none."""
        try:
            self.scenario.check(Found(box_in(self.home), frozenset(said), self))
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def violation(self, state: State, said: frozenset[str]) -> str:
        """Which promise is broken when the disk is found like this; empty when none is."""
        empty(self.home)
        state.write(self.home)
        return self.broken_by(said)


def record(scenario: Scenario, folder: Path, without: str = "") -> Trace:
    """Run `scenario` once in a child; `without`: the site of a sync to leave out."""
    home, first, notes = folder / "home", folder / "first", folder / "ops"
    for old in (home, first):
        shutil.rmtree(old, ignore_errors=True)
    home.mkdir(mode=0o700)
    scenario.prepare(box_in(home))
    copy_tree(home, first)
    before = files_in(home)

    def work(_hook: Callable[[str], None], _acknowledge: Callable[[str], None]) -> None:
        recorder = Recorder(home, without)
        with recorder.installed():
            scenario.run(box_in(home), recorder.say)
        notes.write_bytes(pickle.dumps(recorder.ops))

    ending = kills.run_to_end(work)
    assert ending.error == "", ending.error
    ops = tuple(pickle.loads(notes.read_bytes()))  # noqa: S301 - our own child wrote it
    return Trace(scenario, home, before, files_in(home), ops, first)


@contextmanager
def playground() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of states are written into it."""
    memory = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
    base = memory if sys.platform == "linux" and memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="lunatui-powercut-", dir=base) as name:
        yield Path(name).resolve()


def start_again(box: Box) -> None:
    """What every start of the program does before its first change."""
    drive(Appliance(box.places, {"HOME": str(box.home)}).recover("cli"))


def box_in(home: Path) -> Box:
    """The box below `home`; nothing is made."""
    return Box(home, Places.from_environment({"HOME": str(home), "LUNATUI_HOME": str(home / "ours")}))


def files_in(home: Path) -> dict[str, bytes]:
    """Every file below `home`."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder; a file of two names stays one file."""
    made: dict[int, str] = {}

    def copy(one: str, other: str) -> None:
        number = os.stat(one).st_ino  # noqa: PTH116 - as copytree names them
        if number in made:
            os.link(made[number], other)
        else:
            made[number] = shutil.copy2(one, other)

    shutil.copytree(source, target, copy_function=copy)


def empty(home: Path) -> None:
    """Remove all that is in `home`."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o700)
