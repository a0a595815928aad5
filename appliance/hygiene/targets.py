"""Which files are looked into for stray keys. OpenClaw's databases are none of them: nobody else opens those.

What OpenClaw keeps where: its docs gateway/security/secrets-and-storage.md and help/environment.md.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.hygiene.models import Target
from appliance.hygiene.reading import files_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from appliance.places import Places

_OWN_KEYS = ("device.seed", "device-tokens.json", "fingerprint.key")
"""Files of ours that are keys: where they belong, so no finding."""
_NO_TEXT = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".db", ".db-wal", ".db-shm", ".lock", ".reclaim")
SHARED_LOGS = Path("/tmp/openclaw")  # noqa: S108 - OpenClaw's own place, docs/logging.md
_OUR_FOLDERS = (
    "audit",
    "history",
    "receipts",
    "journal",
    "trash",
    "dead",
    "profiles",
    "run",
    "chats",
    "health",
)
_DEEP = 6


def targets(places: Places, env: Mapping[str, str], includes: Iterable[Path] = ()) -> Iterator[Target]:
    """Every file to look into, what matters most first.

    Args:
        includes: files that openclaw.json includes.
    """
    real = Path(os.path.realpath(places.config_path))
    yield Target(real, "config", "settings")
    for path in includes:
        yield Target(path, "include", "settings")
    yield from _copies(places, real)
    yield from _variables(places)
    yield from _services(places)
    yield from _old_stores(places)
    yield from _ours(places)
    yield from _logs(places, env)


def _copies(places: Places, real: Path) -> Iterator[Target]:
    """OpenClaw's own `.bak` files and what else stands beside the file under its name; then our ring."""
    for folder in dict.fromkeys((places.config_path.parent, real.parent)):
        for path in files_in(folder):
            name = places.config_path.name if folder == places.config_path.parent else real.name
            if path.name.startswith(f"{name}.") and not path.name.endswith(_NO_TEXT):
                yield Target(path, "engine-copy", "settings")
    for path in files_in(places.known_dir):
        yield Target(path, "our-copy", "settings")
    for path in files_in(places.backups_dir, depth=2):
        if path.suffix in (".json", ".json5", ".toml"):
            yield Target(path, "our-copy", "settings" if path.suffix == ".json5" else "text")


def _variables(places: Places) -> Iterator[Target]:
    """The files whose lines OpenClaw takes into its environment."""
    yield Target(places.state_dir / ".env", "variables", "variables")
    yield Target(places.user_home / ".config" / "openclaw" / "gateway.env", "variables", "variables")
    for path in files_in(places.state_dir / "service-env"):
        yield Target(path, "service", "variables")


def _services(places: Places) -> Iterator[Target]:
    """Definitions of a Gateway service, whoever installed it."""
    for folder, pattern in (
        (places.user_home / ".config" / "systemd" / "user", "openclaw"),
        (places.user_home / "Library" / "LaunchAgents", "ai.openclaw."),
    ):
        for path in files_in(folder):
            if path.name.startswith(pattern):
                yield Target(path, "service", "text")


def _old_stores(places: Places) -> Iterator[Target]:
    """Stores of earlier releases, whose content OpenClaw has moved into its database since."""
    agents = places.state_dir / "agents"
    for path in files_in(agents, depth=2):
        if path.name.startswith(("auth-profiles.json", "auth.json", "models.json")):
            yield Target(path, "engine-old", "settings")


def _ours(places: Places) -> Iterator[Target]:
    for path in files_in(places.home):
        if path.name not in _OWN_KEYS and not path.name.endswith(_NO_TEXT):
            yield Target(path, "our-file", "text")
    for name in _OUR_FOLDERS:
        for path in files_in(places.home / name, depth=_DEEP):
            if not path.name.endswith((*_NO_TEXT, ".log")):
                yield Target(path, "our-file", "text")


def _logs(places: Places, env: Mapping[str, str]) -> Iterator[Target]:
    for path in files_in(places.logs_dir):
        yield Target(path, "our-log", "text")
    temporary = Path(env.get("TMPDIR") or "/tmp")  # noqa: S108 - where OpenClaw puts its own logs
    folders = (
        places.state_dir / "logs",
        SHARED_LOGS,
        temporary / f"openclaw-{os.getuid()}",
    )
    for folder in folders:
        for path in files_in(folder):
            if ".log" in path.name or path.suffix == ".jsonl":
                yield Target(path, "engine-log", "text")
