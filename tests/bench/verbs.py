"""Our verbs beside OpenClaw's own and the floor of the language: rows 1 to 4 of the targets."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from appliance.engine.environment import cli_environment
from appliance.engine.install import install
from appliance.engine.running import gateway_service, wait_until_started
from appliance.gateway.endpoint import locate
from appliance.gateway.identity import load_identity
from appliance.places import Places
from appliance.practice.server import PracticeServer
from launchd.foreground import ForegroundSupervisor
from tests.bench.pairs import Pair, measure
from tests.e2e.conftest import base_config, free_port, home_environment

if TYPE_CHECKING:
    from appliance.engine.models import Engine
    from tests.bench.figures import Report

FLOORS = Path(__file__).parent / "floors"
PYTHON = sys.executable
"""Ours: the machine's own may load site packages, which would flatter whoever is measured against it."""
OURS = str(Path(sys.executable).parent / "lunatui")


def measure_verbs(report: Report, rounds: int) -> None:
    """Start a Gateway in a throw-away home and measure every pair."""
    cache = Places.from_environment(os.environ).cache_dir
    with tempfile.TemporaryDirectory(prefix="lunatui-bench-") as folder, PracticeServer() as practice:
        env = home_environment(Path(folder), cache)
        places = Places.from_environment(env)
        engine = asyncio.run(install(places))
        port, token = free_port(), secrets.token_hex(16)
        places.state_dir.mkdir(mode=0o700)
        places.config_path.touch(mode=0o600)
        places.config_path.write_text(json.dumps(base_config(port, token, practice), indent=2))
        own = {**cli_environment(engine, places, env), **env, "FLOOR_TOKEN": token}
        for pair in _file_pairs(engine, places):
            report.add(measure(pair, own, rounds))
        _with_gateway(report, rounds, _Running(engine, places, env, own, port))


class _Running(NamedTuple):
    """What the pairs with a Gateway need."""

    engine: Engine
    places: Places
    env: dict[str, str]
    own: dict[str, str]
    port: int


def _with_gateway(report: Report, rounds: int, box: _Running) -> None:
    # Where the product keeps its Gateway's service, so that `gateway status` takes its usual way.
    supervisor = ForegroundSupervisor(box.places.home / "run" / "gateway", linger=False)
    try:
        asyncio.run(_start(supervisor, box.engine, box.places, box.env))
        for pair in _gateway_pairs(box.engine, box.port):
            report.add(measure(pair, box.own, rounds))
    finally:
        asyncio.run(supervisor.stop())


def _file_pairs(engine: Engine, places: Places) -> list[Pair]:
    """Rows 1 to 3 of the targets."""
    config, schema = str(places.config_path), str(_whole_schema(places))
    nothing = [PYTHON, "-I", "-c", "pass"]
    openclaw = list(engine.cli)
    get = [OURS, "config", "get", "gateway.port"]
    floor_write = [sys.executable, "-I", str(FLOORS / "write_config.py"), config, schema]
    set_ = [OURS, "config", "set", "messages.responsePrefix"]
    theirs_set = [*openclaw, "config", "set", "messages.responsePrefix"]
    return [
        Pair("1", "--version", [OURS, "--version"], "python -I -c pass", nothing, 2.5),
        Pair("1", "--version", [OURS, "--version"], "openclaw --version", [*openclaw, "--version"], 0.5),
        Pair("1", "--help", [OURS, "--help"], "python -I -c pass", nothing, 2.5),
        Pair(
            "2",
            "config get",
            get,
            "floor: read a file",
            [PYTHON, "-I", str(FLOORS / "read_config.py"), config, "gateway.port"],
            2.0,
        ),
        Pair(
            "2", "config get", get, "openclaw config get", [*openclaw, "config", "get", "gateway.port"], 0.025
        ),
        Pair(
            "2",
            "agents list",
            [OURS, "agents", "list", "--json"],
            "openclaw agents list",
            [*openclaw, "agents", "list", "--json"],
            0.025,
        ),
        Pair(
            "3",
            "config set",
            lambda n: [*set_, f"a{n}"],
            "floor: checked write",
            lambda n: [*floor_write, f"b{n}"],
            1.25,
        ),
        Pair(
            "3",
            "config set",
            lambda n: [*set_, f"c{n}"],
            "openclaw config set",
            lambda n: [*theirs_set, f"d{n}"],
            0.04,
        ),
    ]


def _gateway_pairs(engine: Engine, port: int) -> list[Pair]:
    """Row 4 of the targets."""
    ours = [OURS, "gateway", "status", "--json"]
    floor = [PYTHON, "-I", str(FLOORS / "ask_gateway.py"), str(port)]
    theirs = [*engine.cli, "gateway", "call", "health", "--json"]
    return [
        Pair("4", "gateway status", ours, "floor: raw socket", floor, 1.5),
        Pair("4", "gateway status", ours, "openclaw gateway call", theirs, 0.08),
    ]


def _whole_schema(places: Places) -> Path:
    """The shipped schema as one file, mended as the floor needs it."""
    from appliance.store.schema import ShippedSchema

    path = places.home / "floor-schema.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(ShippedSchema().load().whole()))
    return path


async def _start(
    supervisor: ForegroundSupervisor, engine: Engine, places: Places, env: dict[str, str]
) -> None:
    await supervisor.install(gateway_service(engine, places, env))
    await supervisor.start()
    endpoint = locate(json.loads(places.config_path.read_text()), env, places.state_dir)
    await wait_until_started(
        supervisor, endpoint, lambda: load_identity(places.identity_dir), say=lambda _text: None
    )
