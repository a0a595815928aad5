"""The checks a new version of the configuration passes before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Invalid
from appliance.store.includes import Includes, uses_includes
from appliance.store.layouts import modernised
from appliance.store.rules import rule_problems
from appliance.store.schema import ShippedSchema
from appliance.store.validation import Problem, Validator
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from appliance.places import Places
    from appliance.store.changes import Changed
    from appliance.store.disk import Disk
    from appliance.store.edits import Path as SettingPath
    from appliance.store.schema import SchemaSource

_SHOWN = 5


@dataclass(frozen=True)
class Report:
    """Whether OpenClaw would accept the file as it is."""

    valid: bool
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    schema_origin: str
    """`installed <release>` or `shipped <release>`."""


class Checks:
    """Schema and rules of one box; the schema is loaded when first needed."""

    def __init__(self, places: Places, disk: Disk, source: SchemaSource | None) -> None:
        """Without a `source`, or when it has nothing, the shipped schema is used."""
        self._places = places
        self._disk = disk
        self._source = source
        self._loaded: Validator | None = None

    @property
    def validator(self) -> Validator:
        """Of the installed release, else of the shipped one."""
        if self._loaded is None:
            schema = self._source.load() if self._source else None
            self._loaded = Validator(schema or ShippedSchema().load())
        return self._loaded

    @property
    def origin(self) -> str:
        """Which schema that is."""
        return self.validator.schema.origin

    def problems(
        self, value: Mapping[str, object], folder: Path, changed: Iterable[SettingPath] | None = None
    ) -> tuple[Problem, ...]:
        """Everything wrong in `value`; `changed` limits the schema to the sections those paths lie in."""
        resolved: Mapping[str, object] = value
        if uses_includes(value):
            full = Includes(folder, self._disk).resolve(value)
            resolved = full if isinstance(full, dict) else {}
            changed = None if "$include" in value else changed
        modern = modernised(resolved)
        if modern is not resolved and self._reads_entries():
            resolved = modern
        found = self.validator.problems(resolved, changed)
        return (*found, *rule_problems(resolved, self._places.user_home))

    def _reads_entries(self) -> bool:
        """Whether the release takes an old `agents.list` for `agents.entries`."""
        schema = self.validator.schema
        section = schema.section("agents") if "agents" in schema.sections else True
        return isinstance(section, dict) and "list" not in section.get("properties", {})

    def refuse_worse(
        self,
        before: Mapping[str, object],
        after: Mapping[str, object],
        folder: Path,
        changes: Sequence[Changed],
    ) -> tuple[Problem, ...]:
        """Raise `Invalid` (`config-invalid`) for new problems; returns those that were there before and stay.

        A file that is already invalid may be edited as long as nothing gets worse.
        """
        paths = [change.path for change in changes]
        new = self.problems(after, folder, paths)
        if not new:
            return ()
        old = self.problems(before, folder, paths)
        added = [problem for problem in new if problem not in old]
        if added and (len(new) > len(old) or any(_touches(problem, changes) for problem in added)):
            raise invalid(added)
        return new


def invalid(problems: Sequence[Problem]) -> Invalid:
    """The error that lists `problems`."""
    shown = "; ".join(map(str, problems[:_SHOWN]))
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return Invalid(
        f"The configuration would not be valid: {shown}{more}.",
        hint="Nothing was saved. Correct the value and try again.",
        code="config-invalid",
    )


def _touches(problem: Problem, changes: Sequence[Changed]) -> bool:
    """Whether `problem` is about a setting that was changed, or one in it."""
    return any(
        problem.path == change.name or problem.path.startswith(f"{change.name}.") for change in changes
    )
