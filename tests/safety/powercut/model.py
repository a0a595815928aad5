"""A disk that keeps what it confirmed and nothing else: which states may be found after the power was cut.

The rules are those of POSIX, plus two that every journalling file system keeps:

- Data of a file is there for certain only after a sync of that file; until then any part of it may be.
- A name in a folder is there, or gone, for certain only after a sync of that folder. Until then each name has
  any of the states it went through, independently of all other names and of all data: a rename may overtake
  the data it should publish, a removal may overtake the rename before it.
- Syncing a file does not bring its name, syncing a folder does not bring the folder's own name.
- A rename never loses what it moves by itself: the old name is gone only where the new one has come, unless
  the folder of the old name alone was synced. A file may be found under both; a folder never has two names.
- What was confirmed stays.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING

from tests.safety.powercut.contents import applied, contents_after_cut
from tests.safety.powercut.state import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.safety.powercut.ops import Op


@dataclass(eq=False)
class File:
    """Confirmed bytes, and the calls since."""

    durable: bytes = b""
    unsynced: list[Op] = field(default_factory=list)
    fine: bool = False
    """Cut at many more places."""
    _variants: tuple[int, list[bytes]] | None = None

    def now(self) -> bytes:
        """What a program reads while the power is on."""
        content = self.durable
        for op in self.unsynced:
            content = applied(content, op)
        return content

    def contents(self) -> list[bytes]:
        """Confirmed first, complete last."""
        if not self.unsynced:
            return [self.durable]
        if self._variants is None or self._variants[0] != len(self.unsynced):
            found = contents_after_cut(self.durable, self.unsynced, fine=self.fine)
            self._variants = len(self.unsynced), found
        return self._variants[1]

    def sync(self) -> None:
        """All of it is confirmed."""
        self.durable = self.now()
        self.unsynced.clear()
        self._variants = None


@dataclass(eq=False)
class Folder:
    """For each name its states since the folder was synced, the confirmed one first."""

    names: dict[str, list[Version]] = field(default_factory=dict)

    def now(self, name: str) -> Node | None:
        """What stands under `name` while the power is on."""
        states = self.names.get(name)
        return states[-1][1] if states else None

    def put(self, name: str, at: int, node: Node | None) -> None:
        """One more state of `name`."""
        self.names.setdefault(name, [(0, None)]).append((at, node))


Node = File | Folder
Version = tuple[int, Node | None]
"""When a name came to stand for what."""
Slot = tuple[Folder, str]
Pick = dict[Slot, Version]


@dataclass(frozen=True)
class _Rename:
    """One rename whose folders have not been synced since."""

    old: Slot
    new: Slot
    at: int
    is_whole: bool
    """Of a folder: both names change at once."""

    def missing_half(self, pick: Pick) -> Slot | None:
        """The name that must be newer than in `pick`; None when all is possible."""
        if self.old not in pick or self.new not in pick:
            return None
        gone, come = pick[self.old][0] >= self.at, pick[self.new][0] >= self.at
        if gone and not come:
            return self.new
        return self.old if come and not gone and self.is_whole else None

    def touches(self, folder: Folder) -> bool:
        """Whether a sync of `folder` settles it."""
        return folder in (self.old[0], self.new[0])

    def settle(self, folder: Folder) -> None:
        """`folder` was synced: what follows for the old name."""
        names, name = self.old[0].names, self.old[1]
        if self.new[0] is folder and self.is_whole and name in names:
            names[name] = [state for state in names[name] if state[0] >= self.at]


class Model:
    """The disk of one trace, fed call by call."""

    def __init__(self, home: Path, *, fine: bool = False) -> None:
        """Everything below `home` counts as confirmed; `fine`: files may be cut anywhere."""
        self.root = Folder()
        self._fine = fine
        self._clock = 0
        self._renames: list[_Rename] = []
        known: dict[int, Node] = {}
        for path in sorted(home.rglob("*")):
            number = path.stat().st_ino
            if number not in known:
                known[number] = Folder() if path.is_dir() else File(path.read_bytes(), fine=fine)
            folder, name = self._slot(str(path.relative_to(home)))
            folder.names[name] = [(0, known[number])]

    def apply(self, op: Op) -> None:
        """The next call of the trace."""
        self._clock += 1
        match op.call:
            case "create" | "mkdir":
                self._put(op.path, File(fine=self._fine) if op.call == "create" else Folder())
            case "write" | "truncate":
                self._file(op.path).unsynced.append(op)
            case "sync":
                self._file(op.path).sync()
            case "sync-folder":
                self._sync_folder(op.path)
            case "link":
                self._put(op.to, self._node(op.path))
            case "rename":
                moved = self._node(op.path)
                self._put(op.to, moved)
                self._put(op.path, None)
                ends = self._slot(op.path), self._slot(op.to)
                self._renames.append(_Rename(*ends, self._clock, isinstance(moved, Folder)))
            case "unlink" | "rmdir":
                self._put(op.path, None)

    def states(self) -> Iterator[State]:
        """Every state the disk may be found in, if the power goes now; some come twice."""
        for pick in self._picks([self.root], {}):
            if self._is_possible(pick):
                files = self._files(pick)
                for contents in itertools.product(*(file.contents() for file in files)):
                    yield self._state(pick, dict(zip(files, contents, strict=True)))

    def near_states(self) -> Iterator[State]:
        """States in which one name and one file are out of step with all others: few, and telling."""
        for end in (-1, 0):
            usual = self._pick_each(itemgetter(end))
            yield from self._near_contents(usual)
            for slot in self._loose_slots():
                for state in self._choices(slot):
                    yield from self._near_contents(self._mended({**usual, slot: state}))

    def _near_contents(self, pick: Pick) -> Iterator[State]:
        files = self._files(pick)
        for end in (-1, 0):
            usual = {file: file.contents()[end] for file in files}
            yield self._state(pick, usual)
            for file in files:
                for content in file.contents()[1:-1]:
                    yield self._state(pick, {**usual, file: content})

    def _loose_slots(self) -> list[Slot]:
        return [
            (folder, name)
            for folder in self._folders(self.root)
            for name, states in folder.names.items()
            if len(states) > 1
        ]

    def _folders(self, folder: Folder) -> Iterator[Folder]:
        """`folder` and all that are or may be below it."""
        yield folder
        for states in folder.names.values():
            for node in {node for _, node in states}:
                if isinstance(node, Folder):
                    yield from self._folders(node)

    def _pick_each(self, choose: Callable[[list[Version]], Version]) -> Pick:
        return {
            (folder, name): choose(states)
            for folder in self._folders(self.root)
            for name, states in folder.names.items()
        }

    def _picks(self, folders: list[Folder], pick: Pick) -> Iterator[Pick]:
        """Every choice of states for the names in `folders` and below."""
        if not folders:
            yield pick
            return
        folder, *others = folders
        names = list(folder.names)
        for states in itertools.product(*(self._choices((folder, name)) for name in names)):
            below = [node for _, node in states if isinstance(node, Folder)]
            chosen = {(folder, name): state for name, state in zip(names, states, strict=True)}
            yield from self._picks([*others, *below], {**pick, **chosen})

    def _choices(self, slot: Slot) -> list[Version]:
        folder, name = slot
        states = folder.names[name]
        if len(states) == 1 or any(slot in (rename.old, rename.new) for rename in self._renames):
            return states
        return list({node: (at, node) for at, node in states}.values())

    def _is_possible(self, pick: Pick) -> bool:
        return not any(rename.missing_half(pick) for rename in self._renames)

    def _mended(self, pick: Pick) -> Pick:
        """A possible choice close to `pick`: a rename that may not have happened by half has happened."""
        for rename in reversed(self._renames):
            slot = rename.missing_half(pick)
            if slot is not None:
                pick[slot] = next(state for state in slot[0].names[slot[1]] if state[0] >= rename.at)
        return pick

    def _files(self, pick: Pick) -> list[File]:
        return list(dict.fromkeys(node for _, node in self._walk(pick) if isinstance(node, File)))

    def _state(self, pick: Pick, contents: dict[File, bytes]) -> State:
        return State(
            tuple(
                (path, contents[node] if isinstance(node, File) else None, id(node))
                for path, node in self._walk(pick)
            )
        )

    def _walk(self, pick: Pick) -> Iterable[tuple[str, Node]]:
        waiting: list[tuple[str, Folder]] = [("", self.root)]
        while waiting:
            prefix, folder = waiting.pop()
            for name in sorted(folder.names):
                node = pick[folder, name][1]
                if node is not None:
                    yield f"{prefix}{name}", node
                if isinstance(node, Folder):
                    waiting.append((f"{prefix}{name}/", node))

    def _slot(self, path: str) -> Slot:
        parent, _, name = path.rpartition("/")
        folder = self._node(parent) if parent else self.root
        assert isinstance(folder, Folder), path
        return folder, name

    def _node(self, path: str) -> Node:
        node: Node | None = self.root
        for name in path.split("/") if path else ():
            assert isinstance(node, Folder), path
            node = node.now(name)
        assert node is not None, path
        return node

    def _file(self, path: str) -> File:
        node = self._node(path)
        assert isinstance(node, File), path
        return node

    def _put(self, path: str, node: Node | None) -> None:
        folder, name = self._slot(path)
        folder.put(name, self._clock, node)

    def _sync_folder(self, path: str) -> None:
        folder = self._node(path)
        assert isinstance(folder, Folder), path
        for name, states in list(folder.names.items()):
            folder.names[name] = states[-1:]
            if states[-1][1] is None:
                del folder.names[name]
        for rename in self._renames:
            rename.settle(folder)
        self._renames = [rename for rename in self._renames if not rename.touches(folder)]
