"""Where the gateway is and with which secret, as OpenClaw itself resolves it (docs gateway/remote.md)."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from appliance.errors import Refused, Usage
from appliance.gateway.faults import GatewayRefused
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_PORT = 18789
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Endpoint:
    """One gateway's address and the secret to show it."""

    url: str
    """`ws://` (loopback only) or `wss://`."""
    host: str
    port: int
    secret: str = field(default="", repr=False)
    """The shared token (or password); empty when there is none or it cannot be read."""
    secret_kind: str = "token"  # noqa: S105 - a name
    """`token` or `password`: the field of `auth` it goes into."""
    secret_source: str = ""
    """Where it came from, for people: `openclaw.json`, `OPENCLAW_GATEWAY_TOKEN`, `given`."""
    secret_problem: str = ""
    """Why there is no secret, in plain words."""

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the connection never leaves this machine."""
        return is_loopback(self.host)

    @property
    def is_plain(self) -> bool:
        """Whether it is `ws://`."""
        return self.url.startswith("ws://")

    def require_secret(self) -> None:
        """Refuse to connect when the secret exists but cannot be read.

        Raises:
            GatewayRefused: with the reason and the way out.
        """
        if self.secret_problem:
            raise GatewayRefused(
                self.secret_problem,
                hint="Give it in OPENCLAW_GATEWAY_TOKEN, or set gateway.auth.token in openclaw.json.",
                code="gateway-unauthorized",
            )


def locate(
    config: Mapping[str, Any] | None,
    env: Mapping[str, str],
    state_dir: Path,
    *,
    url: str = "",
    token: str = "",
) -> Endpoint:
    """The gateway of this appliance.

    Args:
        config: the value of openclaw.json, or None when there is none or it cannot be parsed.
        env: the environment; `OPENCLAW_GATEWAY_PORT`, `_URL`, `_TOKEN` and `_PASSWORD` count.
        state_dir: OpenClaw's state folder, for its `.env`.
        url: an address given by the user; the config's secret is never sent there.
        token: a token given by the user; wins over all others.

    Raises:
        Usage: an address or port that makes no sense.
        Refused: a `ws://` address that is not on this machine.
    """
    from appliance.gateway.secret import resolve

    gateway = _table((config or {}).get("gateway"))
    override = url or env.get("OPENCLAW_GATEWAY_URL", "").strip()
    remote = _table(gateway.get("remote")) if gateway.get("mode") == "remote" else {}
    wanted = override or _text(remote.get("url"))
    if wanted:
        host, port, scheme = parse_url(wanted)
    else:
        host, port = LOOPBACK, find_port(config, env)
        scheme = "wss" if _table(gateway.get("tls")).get("enabled") is True else "ws"
    found = resolve(config or {}, env, state_dir, given=token, from_config=not override, from_env=not url)
    bracketed = f"[{host}]" if ":" in host else host
    return Endpoint(
        f"{scheme}://{bracketed}:{port}", host, port, found.value, found.kind, found.source, found.problem
    )


def find_port(config: Mapping[str, Any] | None, env: Mapping[str, str]) -> int:
    """`OPENCLAW_GATEWAY_PORT`, then `gateway.port`, then 18789.

    Raises:
        Usage: the environment names something that is no port.
    """
    if text := env.get("OPENCLAW_GATEWAY_PORT", "").strip():
        if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
            return int(text)
        raise Usage(
            f"OPENCLAW_GATEWAY_PORT is not a port: {text[:20]!r}.", hint="Give a number from 1 to 65535."
        )
    port = _table((config or {}).get("gateway")).get("port")
    if isinstance(port, int) and not isinstance(port, bool) and 0 < port < 65536:
        return port
    return DEFAULT_PORT


def parse_url(url: str) -> tuple[str, int, str]:
    """Host, port and scheme of a gateway address.

    Raises:
        Usage: not a gateway address.
        Refused: `ws://` to another machine, where anybody on the way could read the token.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("ws", "wss") or not host or parts.username or parts.query or parts.fragment:
        raise Usage(
            f"Not a gateway address: {url[:80]!r}.", hint="Give ws://127.0.0.1:18789 or wss://HOST:PORT."
        )
    if parts.scheme == "ws" and not is_loopback(host):
        raise Refused(
            f"{host} is another machine and ws:// is not encrypted.",
            hint=f"Use wss://{host}, or a tunnel: ssh -L 18789:127.0.0.1:18789 {host}",
            code="gateway-not-encrypted",
        )
    return host, port or (443 if parts.scheme == "wss" else DEFAULT_PORT), parts.scheme


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine itself."""
    if host in ("localhost", "::1"):
        return True
    numbers = host.split(".")
    return len(numbers) == 4 and numbers[0] == "127" and all(n.isascii() and n.isdigit() for n in numbers)


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
