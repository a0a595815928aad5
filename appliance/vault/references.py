"""What openclaw.json says of our vault: its provider entry, and every name that is referred to through it.

OpenClaw 2026.9.6, docs/gateway/secrets/secretref-contract.md: `{source: "exec", provider, id}` needs an entry
`secrets.providers.<provider>` with an absolute `command`; the default time for an answer is 5 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.store.edits import MISSING, Edit, lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    JsonMap = Mapping[str, object]

ALIAS = "lunatui"
PROVIDERS = ("secrets", "providers")
PATIENCE_MS = 20_000
"""A Gateway that starts on a busy box may need more than OpenClaw's 5 s to see an answer."""


def provider_entry(command: Path) -> dict[str, object]:
    """The entry that makes OpenClaw ask our vault."""
    return {"source": "exec", "command": str(command), "timeoutMs": PATIENCE_MS, "jsonOnly": True}


def reference(name: str) -> dict[str, str]:
    """What stands in place of a key."""
    return {"source": "exec", "provider": ALIAS, "id": name}


def aliases(config: Mapping[str, Any], command: Path) -> tuple[str, ...]:
    """The provider entries that start this very file."""
    found = lookup(config, PROVIDERS)
    entries = found if isinstance(found, dict) else {}
    return tuple(
        alias
        for alias, entry in entries.items()
        if isinstance(entry, dict) and entry.get("source") == "exec" and entry.get("command") == str(command)
    )


def referred(config: object, providers: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Name to the settings that refer to it through one of `providers`, as dotted paths."""
    found: dict[str, tuple[str, ...]] = {}
    for path, provider, name in _references(config, ()):
        if provider in providers:
            found[name] = (*found.get(name, ()), ".".join(path))
    return found


def entry_edits(config: Mapping[str, Any], command: Path) -> tuple[Edit, ...]:
    """What makes OpenClaw ask our vault; empty when it does already."""
    path = (*PROVIDERS, ALIAS)
    current, wanted = lookup(config, path), provider_entry(command)
    return () if current == wanted else (Edit(path, wanted, expected=current),)


def entry_removal(config: Mapping[str, Any]) -> tuple[Edit, ...]:
    """What makes OpenClaw ask our vault no longer."""
    path = (*PROVIDERS, ALIAS)
    current = lookup(config, path)
    return () if current is MISSING else (Edit(path, MISSING, expected=current),)


def _references(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    if isinstance(value, dict):
        provider, name = value.get("provider"), value.get("id")
        if value.get("source") == "exec" and isinstance(provider, str) and isinstance(name, str):
            yield path, provider, name
            return
        for key, inner in value.items():
            yield from _references(inner, (*path, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _references(inner, (*path, str(index)))
