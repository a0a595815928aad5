"""Everything one run of a program started, and its end.

A process belongs to the run when it is below the program, in the program's process group, or carries the
run's marker in its environment, which it inherits however often it forks, changes its session or loses
its parent. Only a process that cleared its environment and left its session and lost its parent before
anybody looked is out of reach.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from launchd.identity import end_group, owns_group
from launchd.table import carries, table

if TYPE_CHECKING:
    from launchd.identity import ProcessId
    from launchd.table import Table

MARKER = "SUPERVISED_RUN"
"""Name of the variable; its value is the token of the start, which stands in the runner's report."""
QUIET_ROUNDS = 10
"""Rounds without anybody that are enough on a machine so busy that no round can be certain."""


class Family:
    """The program and its offspring, alive or not."""

    def __init__(self, leader: ProcessId, token: str) -> None:
        """`leader`: the program, which leads its group. `token`: the value of its marker, "" for none."""
        self._leader = leader
        self._marker = f"{MARKER}={token}" if token else ""
        self._known: set[ProcessId] = {leader}
        self._others: set[ProcessId] = set()
        self._ended: frozenset[int] = frozenset()
        self._quiet = 0

    def look(self) -> list[ProcessId]:
        """Those who live now; remembered, so that no later loss of a parent hides them."""
        return self._find(table())[0]

    def end(self) -> bool:
        """One round: KILL to everybody found. To be repeated until nobody is left: then True.

        A killed process cannot fork, so what it started before is there for the next round. The one way
        to miss a process is that its parent started it after the table was read and was gone before its
        own turn; a round in which somebody ended unread is therefore not the last one.
        """
        end_group(self._leader)
        present = table()
        found, certain = self._find(present)
        for process in found:
            self._kill(process)
        certain = certain and present.ended <= self._ended
        self._ended = present.ended
        self._quiet = 0 if found else self._quiet + 1
        return not found and (certain or self._quiet >= QUIET_ROUNDS)

    def _kill(self, process: ProcessId) -> None:
        try:
            process.send(signal.SIGKILL)
        except PermissionError:  # it became another user's (sudo): not ours to end
            self._others.add(process)

    def _find(self, present: Table) -> tuple[list[ProcessId], bool]:
        """Who of the table belongs to us, and whether that could be said of everybody in it."""
        group = self._leader.pid if owns_group(self._leader) else None
        certain = True
        found: dict[int, ProcessId] = {}
        rest = []
        for entry in present.entries:
            ours: bool | None = entry.process in self._known or entry.group == group
            if not ours and self._marker:
                ours = carries(entry.process.pid, self._marker)
            if ours:
                found[entry.process.pid] = entry.process
            else:
                rest.append(entry)
                certain = certain and ours is not None
        grew = True
        while grew:
            below = {entry.process.pid: entry.process for entry in rest if entry.parent in found}
            grew = not below.keys() <= found.keys()
            found |= below
        found.pop(os.getpid(), None)  # a caller who was started by the program it ends
        self._known |= set(found.values())
        return [process for process in found.values() if process not in self._others], certain
