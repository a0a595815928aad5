"""What the gateway says of itself when it lets us in (`hello-ok`, gateway-core §2.4), read by hand: light."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from appliance.gateway.faults import Misbehaved
from appliance.gateway.told import WHOLE_LIMIT
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

USUAL_TICK_MS = 30_000


@dataclass(frozen=True)
class Hello:
    """The parts of `hello-ok` the rest needs; unknown parts are ignored."""

    protocol: int
    version: str
    """`server.version`; the word `dev` on 2026.2.x unless the snapshot tells better."""
    build_id: str
    boot_id: str
    """Changes with every start of the gateway; empty before 2026.8."""
    connection_id: str
    methods: frozenset[str]
    """Advertised calls; a call that is not listed may still work (gateway-ops §0.7)."""
    capabilities: frozenset[str]
    scopes: tuple[str, ...] | None
    """What was granted; None where the release does not say (2026.2.x)."""
    auth_method: str
    device_token: str = field(repr=False)
    config_path: str
    state_dir: str
    applied_config_hash: str
    """Hash of the configuration in use; equals `config.get`'s `configRevisionHash` when all is applied."""
    model_configured: bool | None
    default_agent_id: str
    uptime_ms: int
    tick_ms: int
    """The gateway sends a `tick` this often, in milliseconds."""
    max_payload: int
    """Bytes of the largest frame it may send; 0 when it does not say."""


def read_hello(payload: Any) -> Hello:
    """Read the payload of the answer to `connect`.

    Raises:
        Misbehaved: it is not a hello at all.
    """
    top = _table(payload)
    protocol = top.get("protocol")
    if not isinstance(protocol, int):
        raise Misbehaved("a hello without a protocol number")
    server, features = _table(top.get("server")), _table(top.get("features"))
    snapshot, policy = _table(top.get("snapshot")), _table(top.get("policy"))
    auth = top.get("auth")
    granted, defaults = _table(auth), _table(snapshot.get("sessionDefaults"))
    configured = defaults.get("modelConfigured")
    return Hello(
        protocol=protocol,
        version=_version(server, snapshot),
        build_id=_text(server, "buildId"),
        boot_id=_text(server, "bootId"),
        connection_id=_text(server, "connId"),
        methods=frozenset(_texts(features.get("methods"))),
        capabilities=frozenset(_texts(features.get("capabilities"))),
        scopes=tuple(_texts(granted.get("scopes"))) if isinstance(granted.get("scopes"), list) else None,
        auth_method=_text(granted, "method"),
        device_token=_text(granted, "deviceToken"),
        config_path=_text(snapshot, "configPath"),
        state_dir=_text(snapshot, "stateDir"),
        applied_config_hash=_text(snapshot, "appliedConfigHash"),
        model_configured=configured if isinstance(configured, bool) else None,
        default_agent_id=_text(defaults, "defaultAgentId"),
        uptime_ms=_count(snapshot, "uptimeMs", 0),
        tick_ms=_count(policy, "tickIntervalMs", USUAL_TICK_MS) or USUAL_TICK_MS,
        max_payload=_count(policy, "maxPayload", 0),
    )


def _version(server: Mapping[str, Any], snapshot: Mapping[str, Any]) -> str:
    version = _text(server, "version")
    if version and version != "dev":
        return version
    return _text(_table(snapshot.get("updateAvailable")), "currentVersion") or version


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name)
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _count(table: Mapping[str, Any], name: str, default: int) -> int:
    value = table.get(name)
    return value if type(value) is int and 0 <= value < WHOLE_LIMIT else default
