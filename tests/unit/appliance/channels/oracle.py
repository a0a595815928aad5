"""OpenClaw's own decision about a stranger, written down a second time from its code, slowly and plainly.

`resolveMergedWhatsAppAccountConfig` and `resolveDmGroupAccessWithLists` of 2026.9.6; no approval was given
to a stranger, so the list of approvals is empty for one.
"""

from __future__ import annotations

from typing import Any

STRANGER = "+15550009999"


def merged(channel: dict[str, Any], account: str) -> dict[str, Any]:
    """What WhatsApp's account resolves to."""
    sections = channel.get("accounts") or {}
    value = {key: item for key, item in channel.items() if key not in ("accounts", "defaultAccount")}
    if account != "default":
        for key, item in (sections.get("default") or {}).items():
            if key not in ("enabled", "name", "authDir", "selfChatMode"):
                value[key] = item
    value.update(sections.get(account) or {})
    return value


def direct(settings: dict[str, Any]) -> str:
    """`allow`, `pairing` or `block` for a stranger's direct message."""
    policy = settings.get("dmPolicy") or "pairing"
    listed = [str(entry).strip() for entry in settings.get("allowFrom") or []]
    if policy == "disabled":
        return "block"
    if "*" in listed or STRANGER in listed:
        return "allow"
    return "pairing" if policy == "pairing" else "block"


def group(settings: dict[str, Any], defaults: dict[str, Any]) -> str:
    """`allow` or `block` for a stranger's message in a group."""
    policy = settings.get("groupPolicy") or defaults.get("groupPolicy") or "allowlist"
    listed = settings.get("groupAllowFrom") or settings.get("allowFrom") or []
    if policy == "disabled":
        return "block"
    if policy == "open":
        return "allow"
    named = [str(entry).strip() for entry in listed]
    return "allow" if "*" in named or STRANGER in named else "block"
