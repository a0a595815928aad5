"""The environment of every OpenClaw and npm process we start: chosen, never inherited whole.

What a shell happens to hold (keys, `NODE_OPTIONS`, preloads, markers of another service) stays out, so that a
Gateway behaves the same from a terminal, over SSH and under launchd (gateway-core.md §9.4, safety.md §11).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.engine.node import env_with_node_first
from appliance.places import CONFIG_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.engine.models import Engine
    from appliance.places import Places

PASSED_ON = (
    *("USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TZ", "TMPDIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "NODE_USE_SYSTEM_CA", "XDG_RUNTIME_DIR"),
)
"""Who, where, which language, which network: nothing that changes what a program does."""
USUAL_PATH = "/opt/homebrew/bin:/opt/homebrew/sbin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
"""As OpenClaw's own service definition has it, after the folder of its Node."""


def base_environment(places: Places, env: Mapping[str, str]) -> dict[str, str]:
    """The plain surroundings of a child: home, locale, network settings and the usual PATH."""
    kept = {name: env[name] for name in PASSED_ON if env.get(name)}
    return {**kept, "HOME": str(places.user_home), "PATH": USUAL_PATH}


def cli_environment(engine: Engine, places: Places, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """For a run of `openclaw`: its own Node first, the folders of `places`, no colours, no update notices."""
    own = base_environment(places, os.environ if env is None else env)
    own |= _state_variables(places)
    own |= {"NO_COLOR": "1", "OPENCLAW_NO_RESPAWN": "1"}
    return env_with_node_first(own, engine.node)


def gateway_environment(
    engine: Engine,
    places: Places,
    env: Mapping[str, str] | None = None,
    *,
    announce: bool = True,
) -> dict[str, str]:
    """For a Gateway under a supervisor of ours; complete, as `ServiceSpec.env` wants it.

    `OPENCLAW_NO_RESPAWN=1` keeps restarts in the same process, so the supervised pid stays the Gateway's.
    `announce=False` keeps it off the local network (Bonjour), as demos and tests must be.
    """
    own = cli_environment(engine, places, env)
    if not announce:
        own["OPENCLAW_DISABLE_BONJOUR"] = "1"
    return own


def _state_variables(places: Places) -> dict[str, str]:
    """Only what differs from OpenClaw's defaults: its service commands refuse non-default folders."""
    variables = {}
    name = places.state_dir.name
    beside_home = places.state_dir.parent == places.user_home
    if beside_home and name.startswith(".openclaw-"):
        variables["OPENCLAW_PROFILE"] = name.removeprefix(".openclaw-")
    elif not (beside_home and name == ".openclaw"):
        variables["OPENCLAW_STATE_DIR"] = str(places.state_dir)
    if places.config_path != places.state_dir / CONFIG_NAME:
        variables["OPENCLAW_CONFIG_PATH"] = str(places.config_path)
    return variables
