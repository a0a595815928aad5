"""What a change means: two versions of the configuration compared, in the terms of the business.

Pure: no file is read. The files' own layouts are those of OpenClaw 2026.9 (`agents.entries`, `channels`,
`bindings`, `models.providers`); an older list of agents is read as it reads it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from appliance.history.difference import Difference, difference
from appliance.redact import redact
from appliance.store.changes import Changed, differences
from appliance.store.edits import MISSING, lookup
from appliance.store.layouts import ENTRIES, modernised
from appliance.store.masking import in_words, is_sensitive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from appliance.store.edits import Path

    Config = Mapping[str, object]

CHANNELS = ("channels",)
PROVIDERS = ("models", "providers")
NOT_CHANNELS = frozenset({"defaults", "modelByChannel"})
BOOKKEEPING = frozenset({"$schema", "meta", "wizard"})
"""Sections in which OpenClaw notes what it did; they say nothing about the business."""
_SHOWN = 20
_AGENT_KEYS = {
    "description": "agent-role",
    "identity": "agent-look",
    "skills": "agent-skills",
    "tools": "agent-tools",
    "workspace": "agent-folder",
    "agentDir": "agent-folder",
}
_LINE_POLICIES = {"dmPolicy": "line-who", "groupPolicy": "line-groups"}
_LINE_PEOPLE = ("allowFrom", "groupAllowFrom")
_KNOWN = {
    ("agents", "defaults", "model"): "common-brain",
    ("agents", "defaults", "model", "primary"): "common-brain",
    ("gateway", "port"): "engine-port",
    ("gateway", "bind"): "engine-reach",
}
_SECTIONS = {"agents": "staff-settings", "gateway": "engine-settings"}


def meaning(before: Config, after: Config) -> tuple[Difference, ...]:
    """What changed between two configurations as plain data; empty when they say the same."""
    old, new = modernised(before), modernised(after)
    return (
        *_named(old, new, ENTRIES, _agent),
        *_named(old, new, CHANNELS, _line, skip=NOT_CHANNELS),
        *_rules(old, new),
        *_named(old, new, PROVIDERS, _brain),
        *_rest(old, new),
    )


def name_of(config: Config, agent_id: str) -> str:
    """What an agent is called; its id where it has no name."""
    entry = lookup(modernised(config), (*ENTRIES, agent_id))
    name = entry.get("name") if isinstance(entry, dict) else None
    return redact(name) if isinstance(name, str) and name else redact(agent_id)


def settings_of(changes: Iterable[Changed]) -> tuple[str, ...]:
    """Each as `path: before → after`, secrets masked; of many the first ones."""
    listed = list(changes)
    shown = [
        f"{redact(each.name)}: {in_words(each.before, each.path)} → {in_words(each.after, each.path)}"
        for each in listed[:_SHOWN]
    ]
    more = [f"and {len(listed) - _SHOWN} more"] if len(listed) > _SHOWN else []
    return (*shown, *more)


def _named(
    old: Config,
    new: Config,
    parent: Path,
    tell: Callable[[str, Config, Config, Sequence[Changed]], Iterator[Difference]],
    skip: frozenset[str] = frozenset(),
) -> Iterator[Difference]:
    """What `tell` says of each member of a section that is not as it was."""
    there, here = (_section(config, parent) for config in (old, new))
    for key in [*there, *(key for key in here if key not in there)]:
        if key in skip:
            continue
        path = (*parent, key)
        changed = list(differences(there.get(key, MISSING), here.get(key, MISSING), path))
        if changed:
            yield from tell(key, old, new, changed)


def _section(config: Config, path: Path) -> dict[str, Any]:
    found = lookup(config, path)
    return found if isinstance(found, dict) else {}


def _agent(key: str, old: Config, new: Config, changed: Sequence[Changed]) -> Iterator[Difference]:
    path = (*ENTRIES, key)
    details = settings_of(changed)
    if lookup(old, path) is MISSING:
        yield difference("agent-added", details, agent=name_of(new, key))
        return
    if lookup(new, path) is MISSING:
        yield difference("agent-removed", details, agent=name_of(old, key))
        return
    rest: dict[str, list[Changed]] = {}
    for each in changed:
        name = each.path[len(path)] if len(each.path) > len(path) else ""
        code = {"name": "agent-renamed", "model": "agent-model"}.get(name) or _AGENT_KEYS.get(name)
        rest.setdefault(code or "agent-settings", []).append(each)
    for code, members in rest.items():
        facts = {"agent": name_of(new, key)}
        if code == "agent-renamed":
            facts = {"before": name_of(old, key), "after": name_of(new, key)}
        elif code == "agent-model":
            facts |= {"before": _model(old, (*path, "model")), "after": _model(new, (*path, "model"))}
        elif code == "agent-settings":
            facts["count"] = str(len(members))
        yield difference(code, settings_of(members), **facts)


def _line(key: str, old: Config, new: Config, changed: Sequence[Changed]) -> Iterator[Difference]:
    path, line = (*CHANNELS, key), redact(key)
    details = settings_of(changed)
    if lookup(old, path) is MISSING or lookup(new, path) is MISSING:
        code = "line-added" if lookup(old, path) is MISSING else "line-removed"
        yield difference(code, details, line=line)
        return
    rest: list[Changed] = []
    for each in changed:
        name = each.path[-1]
        is_own = len(each.path) == len(path) + 1
        if is_own and name == "enabled":
            code = "line-off" if each.after is False else "line-on"
            yield difference(code, settings_of([each]), line=line)
        elif is_own and name in _LINE_POLICIES:
            values = {"before": _text(each.before), "after": _text(each.after)}
            yield difference(_LINE_POLICIES[name], settings_of([each]), line=line, **values)
        elif is_own and name in _LINE_PEOPLE:
            values = {"before": _count(each.before), "after": _count(each.after)}
            yield difference("line-people", settings_of([each]), line=line, **values)
        elif is_sensitive(each.path):
            yield difference("line-key", settings_of([each]), line=line)
        else:
            rest.append(each)
    if rest:
        yield difference("line-settings", settings_of(rest), line=line, count=str(len(rest)))


def _brain(key: str, old: Config, new: Config, changed: Sequence[Changed]) -> Iterator[Difference]:
    path, brain = (*PROVIDERS, key), redact(key)
    if lookup(old, path) is MISSING or lookup(new, path) is MISSING:
        code = "brain-added" if lookup(old, path) is MISSING else "brain-removed"
        yield difference(code, settings_of(changed), brain=brain)
        return
    keys = [each for each in changed if is_sensitive(each.path)]
    rest = [each for each in changed if each not in keys]
    if keys:
        yield difference("brain-key", settings_of(keys), brain=brain)
    if rest:
        yield difference("brain-settings", settings_of(rest), brain=brain, count=str(len(rest)))


def _rules(old: Config, new: Config) -> Iterator[Difference]:
    changed = list(differences(lookup(old, ("bindings",)), lookup(new, ("bindings",)), ("bindings",)))
    if not changed:
        return
    was, now = (Counter(_leads(config)) for config in (old, new))
    for line, agent in (was - now).elements():
        yield difference("rule-removed", line=redact(line), agent=name_of(old, agent))
    for line, agent in (now - was).elements():
        yield difference("rule-added", line=redact(line), agent=name_of(new, agent))
    if was == now:
        yield difference("rules-changed", settings_of(changed))


def _leads(config: Config) -> Iterator[tuple[str, str]]:
    """Channel and agent of each rule."""
    found = lookup(config, ("bindings",))
    for rule in found if isinstance(found, list) else []:
        match = rule.get("match") if isinstance(rule, dict) else None
        channel = match.get("channel") if isinstance(match, dict) else None
        agent = rule.get("agentId") if isinstance(rule, dict) else None
        yield _text(channel), _text(agent)


def _rest(old: Config, new: Config) -> Iterator[Difference]:
    groups: dict[tuple[str, str], list[Changed]] = {}
    for each in differences(old, new):
        if _is_told_elsewhere(each.path):
            continue
        section = each.path[0]
        code = _KNOWN.get(each.path)
        if code is None and section in BOOKKEEPING:
            code = "bookkeeping"
        elif code is None and section == "gateway" and is_sensitive(each.path):
            code = "engine-key"
        elif code is None and (section in old) is not (section in new):
            code = "section-added" if section in new else "section-removed"
        groups.setdefault((code or _SECTIONS.get(section, "settings"), section), []).append(each)
    for (code, section), members in groups.items():
        yield difference(code, settings_of(members), **_facts(code, section, members))


def _facts(code: str, section: str, members: Sequence[Changed]) -> dict[str, str]:
    if code in _KNOWN.values():
        before, after = (_plain(value) for value in (members[0].before, members[0].after))
        return {"before": before, "after": after}
    if code in ("bookkeeping", "engine-key"):
        return {}
    known = {"section": redact(section)}
    return known if code.startswith("section-") else {**known, "count": str(len(members))}


def _is_told_elsewhere(path: Path) -> bool:
    for parent, skip in ((ENTRIES, ()), (CHANNELS, NOT_CHANNELS), (PROVIDERS, ())):
        if path[: len(parent)] == parent and len(path) > len(parent):
            return path[len(parent)] not in skip
    return path[:1] == ("bindings",)


def _model(config: Config, path: Path) -> str:
    return _plain(lookup(config, path))


def _plain(value: object) -> str:
    """A model, port or the like."""
    return _text(value.get("primary") if isinstance(value, dict) else value)


def _text(value: object) -> str:
    if value is MISSING or value is None:
        return ""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return redact(str(value))
    return in_words(value, ())


def _count(value: object) -> str:
    return str(len(value)) if isinstance(value, list) else "0"
