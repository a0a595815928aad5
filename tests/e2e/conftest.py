"""One real Gateway a test module: a throw-away home, a practice model, stopped by its supervisor.

Two modules run at once: homes, ports and processes are their own, the engine and the downloads the machine's.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from appliance.engine.install import install
from appliance.engine.models import Engine
from appliance.engine.process import run_cli
from appliance.engine.running import gateway_service, wait_until_started
from appliance.gateway.endpoint import Endpoint, locate
from appliance.gateway.identity import load_identity
from appliance.places import Places
from appliance.practice.server import PracticeServer
from launchd.foreground import ForegroundSupervisor
from tests.fakes.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

LIMIT_S = 300.0
"""For a command, and for a Gateway that starts."""
MODELS = (
    "practice",
    "practice-401",
    "practice-429",
    "practice-500",
    "practice-slow",
    "practice-cut",
    "practice-tool",
)

LONG_FIRST = (
    "test_wizard_resume",
    "test_demo_screens",
    "test_providers",
    "test_faults",
    "test_profiles",
    "test_path",
    "test_gateway_process",
    "test_channels",
    "test_live_screens",
    "test_backup_drill",
    "test_engine_install",
    "test_loss",
)
"""Begun first, so that of two workers none is left alone with one of them in the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The modules in the order in which they are begun."""
    places = {name: place for place, name in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def home_environment(home: Path, cache: Path) -> dict[str, str]:
    """The environment of a user whose home is `home`; downloads and the engine are the machine's own."""
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "LUNATUI_CACHE": str(cache),
        "LUNATUI_ENGINE_DIR": str(cache / "engine"),
    }


def run_lunatui(
    env: Mapping[str, str], *arguments: str, stdin: str = "", timeout: float = LIMIT_S
) -> subprocess.CompletedProcess[str]:
    """The command as a user types it."""
    return subprocess.run(
        [sys.executable, "-m", "lunatui", *arguments],
        env=dict(env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@dataclass(frozen=True)
class RunningGateway:
    """A real Gateway and everything a test needs to talk to it."""

    engine: Engine
    places: Places
    env: Mapping[str, str]
    port: int
    token: str
    practice: PracticeServer
    supervisor: ForegroundSupervisor

    @property
    def endpoint(self) -> Endpoint:
        """As the client finds it."""
        config = json.loads(self.places.config_path.read_text())
        return locate(config, self.env, self.places.state_dir)

    def openclaw(self, *arguments: str, timeout: float = LIMIT_S) -> subprocess.CompletedProcess[str]:
        """OpenClaw's own command line, on the same home."""
        done = asyncio.run(run_cli(self.engine, arguments, places=self.places, timeout=timeout))
        return subprocess.CompletedProcess(list(arguments), done.exit_code, done.stdout, done.stderr)

    def lunatui(
        self, *arguments: str, stdin: str = "", timeout: float = LIMIT_S
    ) -> subprocess.CompletedProcess[str]:
        """Ours, on the same home."""
        return run_lunatui(self.env, *arguments, stdin=stdin, timeout=timeout)


@pytest.fixture(scope="session")
def machine_cache() -> Path:
    """Where downloads and the engine of this machine's tests are kept."""
    return Places.from_environment(os.environ).cache_dir


@pytest.fixture(scope="session")
def engine(machine_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The real OpenClaw, installed once a machine by our own installer; without it the tests fail."""
    home = tmp_path_factory.mktemp("engine-home")
    places = Places.from_environment(home_environment(home, machine_cache))
    return asyncio.run(install(places))


def base_config(port: int, token: str, practice: PracticeServer) -> dict[str, object]:
    """The least a Gateway needs, with the practice model as its default brain."""
    models = [
        {"id": name, "name": name, "contextWindow": 128000, "maxTokens": 4096, "input": ["text"]}
        for name in MODELS
    ]
    return {
        "gateway": {
            "mode": "local",
            "port": port,
            "bind": "loopback",
            "auth": {"mode": "token", "token": token},
        },
        "discovery": {"mdns": {"mode": "off"}},
        "models": {
            "providers": {
                "practice": {
                    "baseUrl": practice.base_url,
                    "api": "openai-completions",
                    "apiKey": "practice-key",
                    "models": models,
                }
            }
        },
        "agents": {
            "defaults": {"model": {"primary": "practice/practice"}},
            "entries": {"luna": {"name": "Luna"}},
        },
    }


@pytest.fixture(scope="module")
def gateway(
    engine: Engine, machine_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningGateway]:
    """One for the tests of a module."""
    with running_gateway(engine, tmp_path_factory.mktemp("home"), machine_cache) as running:
        yield running


@contextmanager
def running_gateway(engine: Engine, home: Path, cache: Path) -> Iterator[RunningGateway]:
    """A started Gateway in an empty home; all five facts were seen. `cache`: the machine's downloads."""
    env = home_environment(home, cache)
    places = Places.from_environment(env)
    port, token = free_port(), secrets.token_hex(16)
    places.state_dir.mkdir(mode=0o700)
    supervisor = ForegroundSupervisor(places.home / "run" / "gateway", linger=False)
    with PracticeServer() as practice:
        places.config_path.touch(mode=0o600)
        places.config_path.write_text(json.dumps(base_config(port, token, practice), indent=2))
        running = RunningGateway(engine, places, env, port, token, practice, supervisor)
        try:
            asyncio.run(_start(running))
            yield running
        finally:
            asyncio.run(supervisor.stop())


async def _start(running: RunningGateway) -> None:
    await running.supervisor.install(gateway_service(running.engine, running.places, running.env))
    await running.supervisor.start()
    await wait_until_started(
        running.supervisor,
        running.endpoint,
        lambda: load_identity(running.places.identity_dir),
        say=lambda _text: None,
        patience=LIMIT_S,
    )
