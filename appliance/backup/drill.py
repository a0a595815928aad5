"""The scratch shop of a proof restore: nothing in it may reach anything but this machine.

Its configuration is made from nothing: of the restored one only the staff and their folders are taken over.
So no channel, schedule, hook, plug-in, key, tool server or address of the real shop can be in it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError

if TYPE_CHECKING:
    from pathlib import Path

MEMORY = 1792 << 20
"""Bytes that must be free: the scratch Gateway and its children held 1,215 MiB (2026.9.6, measured)."""
MODEL = "practice/practice"
_KEPT = ("name", "description", "workspace", "agentDir", "identity", "skills", "default", "id")
"""Of an agent; above all no model, sandbox, runtime or heartbeat of its own."""
_NO_TOOLS = {"profile": "minimal", "deny": ["*"]}
_NOWHERE = "http://127.0.0.1:9"
"""Nobody listens there: what asks for a proxy or the skill shop in spite of all this ends on this machine."""
QUIET = {
    "OPENCLAW_SKIP_CHANNELS": "1",
    "OPENCLAW_SKIP_CRON": "1",
    "OPENCLAW_SKIP_GMAIL_WATCHER": "1",
    "OPENCLAW_SKIP_BROWSER_CONTROL_SERVER": "1",
    "OPENCLAW_SKIP_CANVAS_HOST": "1",
    "OPENCLAW_NO_AUTO_UPDATE": "1",
    "OPENCLAW_DISABLE_BONJOUR": "1",
    "OPENCLAW_CLAWHUB_URL": _NOWHERE,
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), _NOWHERE),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost,::1"),
}
"""For the scratch Gateway; without plug-ins and with these it opened no connection beyond the machine."""


def scratch_config(restored: dict[str, Any], port: int, token: str, practice_url: str) -> bytes:
    """The configuration of the scratch shop.

    Args:
        restored: what the archive had, with its paths already inside the scratch home.
        practice_url: the practice model, its only brain.
    """
    agents = restored.get("agents")
    agents = agents if isinstance(agents, dict) else {}
    defaults = agents.get("defaults")
    workspace = defaults.get("workspace") if isinstance(defaults, dict) else None
    kept: dict[str, Any] = {"model": {"primary": MODEL}}
    if isinstance(workspace, str):
        kept["workspace"] = workspace
    staff: dict[str, Any] = {"defaults": kept}
    entries = agents.get("entries")
    if isinstance(entries, dict):
        staff["entries"] = {name: _agent(entry) for name, entry in entries.items()}
        for name in ("ownership",):
            if name in agents:
                staff[name] = agents[name]
        if isinstance(defaults, dict) and isinstance(defaults.get("systemAgent"), dict):
            kept["systemAgent"] = defaults["systemAgent"]
    elif isinstance(agents.get("list"), list):
        staff["list"] = [_agent(entry) for entry in agents["list"]]
    return json.dumps({**_surroundings(port, token, practice_url), "agents": staff}, indent=1).encode()


def refuse_short_memory(available: int) -> None:
    """Raise `memory-short` where a scratch Gateway would press the real one.

    Args:
        available: bytes of memory that a program can have without pushing others out.
    """
    if available < MEMORY:
        raise LunaError(
            f"A proof needs {MEMORY >> 20} MiB of free memory, and {available >> 20} MiB are free.",
            hint="Close other programs, or prove the backup on another machine.",
            code="memory-short",
            facts={"free": str(available >> 20), "needed": str(MEMORY >> 20)},
        )


def drop_credentials(state_dir: Path) -> None:
    """Take the logins of the channels out of the scratch copy; their files were compared before."""
    from appliance.backup.staging import remove_tree

    for name in ("credentials", "devices", ".env"):
        remove_tree(state_dir / name)


def _agent(entry: Any) -> dict[str, Any]:
    kept = {name: entry[name] for name in _KEPT if name in entry} if isinstance(entry, dict) else {}
    return {**kept, "tools": _NO_TOOLS}


def _surroundings(port: int, token: str, practice_url: str) -> dict[str, Any]:
    model = {"id": "practice", "name": "practice", "contextWindow": 128000, "maxTokens": 4096}
    provider = {
        "baseUrl": practice_url,
        "api": "openai-completions",
        "apiKey": "practice",
        "models": [{**model, "input": ["text"]}],
    }
    return {
        "gateway": {
            "mode": "local",
            "port": port,
            "bind": "loopback",
            "auth": {"mode": "token", "token": token},
        },
        "discovery": {"mdns": {"mode": "off"}},
        "update": {"checkOnStart": False, "auto": {"enabled": False}},
        "cron": {"enabled": False},
        "plugins": {"enabled": False},
        "models": {"catalogRefresh": {"enabled": False}, "providers": {"practice": provider}},
    }
