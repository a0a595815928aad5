"""Where the agents stand in openclaw.json: releases differ, and files outlive releases.

Up to 2026.7 the roster is the list `agents.list`, each entry with its `id`; from 2026.8 it is the map
`agents.entries`. 2026.8 and later still read the list, but write the map.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from appliance.errors import Conflict, NotFound
from appliance.store.edits import MISSING, Edit, lookup

if TYPE_CHECKING:
    from collections.abc import Mapping

Entry = dict[str, object]
ENTRIES = ("agents", "entries")
LIST = ("agents", "list")
_FIRST_WITH_ENTRIES = (2026, 8)


class RosterLayout(Protocol):
    """One way of writing the roster down."""

    def read(self, value: object) -> dict[str, Entry]:
        """The agents by id, in the order of the file."""
        ...

    def add(self, value: object, agent_id: str, entry: Mapping[str, object]) -> tuple[Edit, ...]:
        """Edits that add an agent; `Conflict` (`agent-exists`) when there is one of that id."""
        ...

    def replace(self, value: object, agent_id: str, entry: Mapping[str, object]) -> tuple[Edit, ...]:
        """Edits that make an agent's entry `entry`; `NotFound` (`agent-unknown`)."""
        ...

    def remove(self, value: object, agent_id: str) -> tuple[Edit, ...]:
        """Edits that take an agent out; `NotFound` (`agent-unknown`)."""
        ...


class MapLayout:
    """`agents.entries`, a map from id to entry."""

    def read(self, value: object) -> dict[str, Entry]:
        """The agents by id, in the order of the file."""
        entries = lookup(value, ENTRIES)
        if not isinstance(entries, dict):
            return {}
        return {key: dict(entry) for key, entry in entries.items() if isinstance(entry, dict)}

    def add(self, value: object, agent_id: str, entry: Mapping[str, object]) -> tuple[Edit, ...]:
        """One edit: the new entry."""
        if agent_id in self.read(value):
            raise _exists(agent_id)
        return (Edit((*ENTRIES, agent_id), dict(entry), MISSING),)

    def replace(self, value: object, agent_id: str, entry: Mapping[str, object]) -> tuple[Edit, ...]:
        """One edit: the whole entry."""
        before = _known(self.read(value), agent_id)
        return (Edit((*ENTRIES, agent_id), dict(entry), before),)

    def remove(self, value: object, agent_id: str) -> tuple[Edit, ...]:
        """One edit: the entry goes."""
        before = _known(self.read(value), agent_id)
        return (Edit((*ENTRIES, agent_id), MISSING, before),)


class ListLayout:
    """`agents.list`, entries that carry their own `id`."""

    def read(self, value: object) -> dict[str, Entry]:
        """The agents by id, in the order of the file, without the `id` inside."""
        return {
            str(entry["id"]): {key: item for key, item in entry.items() if key != "id"}
            for entry in self._items(value)
            if isinstance(entry, dict) and "id" in entry
        }

    def add(self, value: object, agent_id: str, entry: Mapping[str, object]) -> tuple[Edit, ...]:
        """One edit: an entry at the end of the list."""
        if agent_id in self.read(value):
            raise _exists(agent_id)
        new = {"id": agent_id, **entry}
        items = self._items(value)
        if not items:
            return (Edit(LIST, [new], lookup(value, LIST)),)
        return (Edit((*LIST, str(len(items))), new, MISSING),)

    def replace(self, value: object, agent_id: str, entry: Mapping[str, object]) -> tuple[Edit, ...]:
        """One edit: the entry where it stands."""
        index = self._index(value, agent_id)
        return (Edit((*LIST, str(index)), {"id": agent_id, **entry}, self._items(value)[index]),)

    def remove(self, value: object, agent_id: str) -> tuple[Edit, ...]:
        """One edit: the entry goes."""
        index = self._index(value, agent_id)
        return (Edit((*LIST, str(index)), MISSING, self._items(value)[index]),)

    def _items(self, value: object) -> list[object]:
        items = lookup(value, LIST)
        return items if isinstance(items, list) else []

    def _index(self, value: object, agent_id: str) -> int:
        _known(self.read(value), agent_id)
        items = self._items(value)
        return next(
            at for at, item in enumerate(items) if isinstance(item, dict) and item.get("id") == agent_id
        )


def roster_layout(value: object, release: str = "") -> RosterLayout:
    """How `value` writes its agents down; where it has none yet, how `release` wants them.

    An unknown release counts as a current one.
    """
    if lookup(value, ENTRIES) is not MISSING:
        return MapLayout()
    if lookup(value, LIST) is not MISSING or (release and _numbers(release) < _FIRST_WITH_ENTRIES):
        return ListLayout()
    return MapLayout()


def modernised(value: Mapping[str, object]) -> Mapping[str, object]:
    """`value` as OpenClaw 2026.8 and later reads it: an old `agents.list` taken as `agents.entries`."""
    agents = value.get("agents")
    if not isinstance(agents, dict) or not isinstance(agents.get("list"), list) or "entries" in agents:
        return value
    kept = {key: item for key, item in agents.items() if key != "list"}
    return {**value, "agents": {**kept, "entries": ListLayout().read(value)}}


def _numbers(release: str) -> tuple[int, ...]:
    parts = release.split("-")[0].split(".")[:2]
    return (
        tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else _FIRST_WITH_ENTRIES
    )


def _known(roster: dict[str, Entry], agent_id: str) -> Entry:
    if agent_id not in roster:
        raise NotFound(
            f"There is no agent “{agent_id}”.", hint="See lunatui agents list.", code="agent-unknown"
        )
    return roster[agent_id]


def _exists(agent_id: str) -> Conflict:
    return Conflict(
        f"There is already an agent “{agent_id}”.", hint="Choose another id.", code="agent-exists"
    )
