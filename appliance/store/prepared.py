"""A change between its checks and its save."""

from __future__ import annotations

from appliance.store.changes import Changed
from appliance.store.edits import Edit
from appliance.store.snapshot import Snapshot
from appliance.values import dataclass


@dataclass(frozen=True)
class PreparedSave:
    """A change that passed every check and has not happened yet."""

    requested: tuple[Edit, ...]
    """As they were asked for."""
    edits: tuple[Edit, ...]
    """The smallest ones that do the same, each with the value it expects to replace."""
    before: Snapshot
    after: bytes
    """The new file."""
    changes: tuple[Changed, ...]
    """Setting by setting; empty when nothing differs, and then saving writes nothing."""
    schema_origin: str
    """What it was checked against: `installed <release>` or `shipped <release>`."""
    warnings: tuple[str, ...] = ()
    may_remove: tuple[str, ...] = ()
