"""What the lines are called on which people reach the staff."""

from __future__ import annotations

_NAMES = {"whatsapp": "WhatsApp", "telegram": "Telegram", "slack": "Slack", "discord": "Discord"}


def line_name(channel: str) -> str:
    """`WhatsApp` for the channel `whatsapp`; any other id as it stands, untrusted."""
    return _NAMES.get(channel, channel)
