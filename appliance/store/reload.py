"""Whether a setting takes effect at once or after a restart (`reloadKind`, gateway-core §3.4)."""

from __future__ import annotations

_RESTART = (
    ("gateway", "port"),
    ("gateway", "mode"),
    ("gateway", "bind"),
    ("gateway", "auth"),
    ("gateway", "controlUi"),
    ("gateway", "tailscale"),
    ("gateway", "tls"),
    ("gateway", "http"),
    ("gateway", "push"),
    ("gateway", "nodes"),
    ("gateway", "portals"),
    ("env",),
    ("$schema",),
    ("discovery",),
    ("browser",),
)


def applies(path: tuple[str, ...]) -> str:
    """`after restart` or `now`, for an edit at `path`."""
    return "after restart" if any(path[: len(prefix)] == prefix for prefix in _RESTART) else "now"
