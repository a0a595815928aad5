"""What a child of ours finds in its environment, and what it never does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.engine.environment import USUAL_PATH, cli_environment, gateway_environment
from appliance.engine.models import Engine
from appliance.engine.npm import npm_environment
from appliance.places import Places

if TYPE_CHECKING:
    from tests.unit.appliance.engine.conftest import Machine

ENGINE = Engine("2026.9.6", Path("/e/openclaw"), Path("/e/node/bin/node"), "24.19.0", True, "ours")
UNWANTED = {
    "LD_PRELOAD": "/evil.so",
    "LD_LIBRARY_PATH": "/evil",
    "DYLD_INSERT_LIBRARIES": "/evil.dylib",
    "NODE_OPTIONS": "--require /evil.js",
    "NODE_COMPILE_CACHE": "/elsewhere",
    "NODE_PATH": "/evil",
    "PYTHONPATH": "/evil",
    "OPENAI_API_KEY": "sk-not-for-the-gateway",
    "OPENCLAW_GATEWAY_PORT": "1",
    "OPENCLAW_GATEWAY_TOKEN": "old",
    "OPENCLAW_STATE_DIR": "/elsewhere",
    "OPENCLAW_SERVICE_MARKER": "openclaw",
    "OPENCLAW_SERVICE_KIND": "gateway",
    "OPENCLAW_LAUNCHD_LABEL": "x",
    "XPC_SERVICE_NAME": "x",
    "npm_config_prefix": "/elsewhere",
    "npm_config_ignore_scripts": "true",
}


def test_nothing_unwanted_passes(machine: Machine) -> None:
    env = machine.env | UNWANTED
    for own in (
        cli_environment(ENGINE, machine.places, env),
        gateway_environment(ENGINE, machine.places, env),
        npm_environment(machine.places, env, ENGINE.node),
    ):
        assert not set(own) & set(UNWANTED)


def test_who_where_and_which_network_pass(machine: Machine) -> None:
    wanted = {"LANG": "de_AT.UTF-8", "TZ": "Europe/Vienna", "HTTPS_PROXY": "http://proxy:1", "USER": "shop"}
    own = gateway_environment(ENGINE, machine.places, {**machine.env, **wanted, "TMPDIR": ""})
    assert {name: own[name] for name in wanted} == wanted
    assert own["HOME"] == str(machine.home)
    assert "TMPDIR" not in own


def test_its_own_node_leads_path_and_the_shells_path_stays_out(machine: Machine) -> None:
    own = cli_environment(ENGINE, machine.places, {**machine.env, "PATH": "/shell/bin"})
    assert own["PATH"] == f"/e/node/bin{os.pathsep}{USUAL_PATH}"


def test_default_folders_are_not_named(machine: Machine) -> None:
    """OpenClaw's service commands refuse folders that are named, even when they are the usual ones."""
    own = gateway_environment(ENGINE, machine.places, machine.env)
    assert not {"OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "OPENCLAW_PROFILE"} & set(own)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"OPENCLAW_PROFILE": "work"}, {"OPENCLAW_PROFILE": "work"}),
        ({"OPENCLAW_STATE_DIR": "/data/claw"}, {"OPENCLAW_STATE_DIR": "/data/claw"}),
        ({"OPENCLAW_CONFIG_PATH": "/etc/claw.json"}, {"OPENCLAW_CONFIG_PATH": "/etc/claw.json"}),
        ({"OPENCLAW_HOME": "/srv/shop"}, {"OPENCLAW_STATE_DIR": "/srv/shop/.openclaw"}),
    ],
)
def test_other_folders_are_named(machine: Machine, given: dict[str, str], expected: dict[str, str]) -> None:
    places = Places.from_environment(machine.env | given)
    own = cli_environment(ENGINE, places, machine.env | given)
    assert {name: own[name] for name in own if name in (*given, *expected)} == expected


def test_a_gateway_keeps_its_process_and_announces_itself_only_when_wanted(
    machine: Machine,
) -> None:
    assert gateway_environment(ENGINE, machine.places, machine.env)["OPENCLAW_NO_RESPAWN"] == "1"
    assert "OPENCLAW_DISABLE_BONJOUR" not in gateway_environment(ENGINE, machine.places, machine.env)
    quiet = gateway_environment(ENGINE, machine.places, machine.env, announce=False)
    assert quiet["OPENCLAW_DISABLE_BONJOUR"] == "1"


def test_npm_is_told_where_the_registry_is(machine: Machine) -> None:
    env = machine.env | {"npm_config_registry": "https://mirror.example/"}
    own = npm_environment(machine.places, env, ENGINE.node)
    assert own["npm_config_registry"] == "https://mirror.example/"
