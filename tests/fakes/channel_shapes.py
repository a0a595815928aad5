"""What OpenClaw 2026.9.6 answers about channels and plugins, as captured from the real one."""

from __future__ import annotations

from typing import Any

TS = 1796039990230
TELEGRAM: dict[str, Any] = {
    "accountId": "default", "enabled": True, "lastStartAt": 1796040159601, "lastStopAt": None,
    "restartPending": False, "reconnectAttempts": 0, "lastConnectedAt": 1796040183319,
    "lastEventAt": 1796040183319, "lastTransportActivityAt": 1796040183319, "lifecycle": "ready",
    "lastInboundAt": None, "lastOutboundAt": None, "tokenSource": "config", "tokenStatus": "available",
    "mode": "polling", "allowUnmentionedGroups": False, "configured": True, "running": True,
    "connected": True, "lastError": None,
}  # fmt: skip
"""A bot that polls, five seconds after it was configured."""
WHATSAPP: dict[str, Any] = {
    "accountId": "default", "enabled": True, "lastStartAt": None, "lastStopAt": None,
    "restartPending": False, "reconnectAttempts": 0, "healthState": "stopped", "lifecycle": "stopped",
    "busy": False, "lastInboundAt": None, "lastOutboundAt": None, "lastConnectedAt": None,
    "lastDisconnect": None, "lastMessageAt": None, "lastEventAt": None, "lastRunActivityAt": None,
    "configured": True, "linked": False, "running": False, "stateReason": "not linked", "lastError": None,
}  # fmt: skip
"""With its plugin, before anybody linked it."""
NOT_LINKED = {
    "configured": True, "statusState": "not-linked", "linked": False, "authAgeMs": None,
    "self": {"e164": None, "jid": None, "lid": None}, "running": False, "connected": False,
}  # fmt: skip
TELEGRAM_PLUGIN: dict[str, Any] = {
    "id": "telegram", "name": "Telegram", "installed": True, "enabled": False, "state": "disabled",
    "removable": False, "packageName": "@openclaw/telegram", "version": "2026.9.6", "origin": "bundled",
    "channelIds": ["telegram"], "category": "channel", "runtime": {"state": "unloaded"},
}  # fmt: skip
WHATSAPP_PLUGIN: dict[str, Any] = {
    "id": "whatsapp", "name": "WhatsApp", "installed": True, "enabled": True, "state": "enabled",
    "removable": True, "packageName": "@openclaw/whatsapp", "version": "2026.9.6", "origin": "global",
    "channelIds": ["whatsapp"], "category": "channel", "runtime": {"state": "active"},
}  # fmt: skip
PLUGINS = {
    "plugins": [
        TELEGRAM_PLUGIN,
        {"id": "diffs", "name": "Diffs", "installed": False, "enabled": False, "state": "not-installed"},
    ]
}
"""Before anything was installed: WhatsApp is not in it at all."""


def status(**accounts: dict[str, Any]) -> dict[str, Any]:
    """`channels.status` with one account each of these channels."""
    labels = {"telegram": "Telegram", "whatsapp": "WhatsApp", "slack": "Slack"}
    return {
        "ts": TS,
        "channelOrder": list(accounts),
        "channelLabels": {name: labels.get(name, name) for name in accounts},
        "channelDetailLabels": {},
        "channelMeta": [],
        "channels": {name: NOT_LINKED | _summary(row) for name, row in accounts.items()},
        "channelAccounts": {name: [row] for name, row in accounts.items()},
        "channelDefaultAccountId": dict.fromkeys(accounts, "default"),
        "statusIssues": [],
    }


def _summary(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in ("configured", "running", "connected", "linked") if key in row}
