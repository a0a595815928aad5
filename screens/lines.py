"""What the lines are called on which people reach the staff."""

from __future__ import annotations

_NAMES = {"whatsapp": "WhatsApp", "telegram": "Telegram", "slack": "Slack", "discord": "Discord"}


def line_name(channel: str, account: str = "") -> str:
    """`WhatsApp` for the channel `whatsapp`, with the account where one is meant; other ids as they stand."""
    name = _NAMES.get(channel, channel)
    return f"{name} ({account})" if account else name
