"""A process that races for names: as soon as one of ours appears, a link to somebody's file stands there."""

from __future__ import annotations

import os
import random
import signal
import stat
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.waiting import LIMIT_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

COUNT_BYTES = 8


@dataclass
class Attack:
    """A running attacker."""

    _reader: int
    races: int = 0
    """Names it has taken from under us so far."""

    def count(self) -> int:
        """How many by now."""
        with suppress(BlockingIOError):
            while data := os.read(self._reader, 65536):
                self.races += len(data)
        return self.races


@contextmanager
def attacker(
    folders: Sequence[Path], victims: Sequence[Path], wanted: Callable[[str], bool], seed: int
) -> Iterator[Attack]:
    """Watch `folders` and replace `wanted` names by links to one of `victims`, until the block ends."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            _swap_for_ever(folders, victims, wanted, random.Random(seed), writer)  # noqa: S311 - replayable
        finally:
            os._exit(1)
    os.close(writer)
    try:
        yield Attack(reader)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reader)


def until_raced(attack: Attack, count: int, work: Callable[[], object]) -> int:
    """Do `work` again and again until so many names were taken; returns how often it was done."""
    rounds, deadline = 0, time.monotonic() + LIMIT_S + count / 10
    while attack.count() < count:
        assert time.monotonic() < deadline, f"only {attack.races} of {count} races"
        work()
        rounds += 1
    return rounds


def _swap_for_ever(
    folders: Sequence[Path],
    victims: Sequence[Path],
    wanted: Callable[[str], bool],
    chance: random.Random,
    writer: int,
) -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        for folder in folders:
            for name in _names(folder):
                if wanted(name) and _swap(os.path.join(folder, name), chance, victims):  # noqa: PTH118
                    with suppress(BlockingIOError):
                        os.write(writer, b".")


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - as fast as it goes
    except OSError:
        return []


def _swap(path: str, chance: random.Random, victims: Sequence[Path]) -> bool:
    """Put a link in place of a plain file; most of the time it stays, so that both can go on."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode) or chance.random() < 0.5:
            return False
        aside = f"{path}.aside"
        os.symlink(chance.choice(victims), aside)  # noqa: PTH211
        os.rename(aside, path)  # noqa: PTH104
    except OSError:
        return False
    return True
