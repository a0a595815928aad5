"""`gateway`: started only when five things were seen; every way in which a start or a running one fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from appliance.engine.environment import gateway_environment
from appliance.engine.release import PINNED
from appliance.places import Places
from tests.e2e.conftest import free_port
from tests.e2e.shop import LIMIT_S, Shop, command_of, hashes, opened, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.engine.models import Engine

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

FACTS = ["process", "port", "ready", "handshake", "version"]
TOKEN = "e2e-token-5f0c9a"
BACK_S = 180.0
"""For a Gateway that starts, answers again or ends."""


@pytest.fixture
def shop(tmp_path: Path, engine: Engine, machine_cache: Path) -> Iterator[Shop]:
    """A home with the least a Gateway needs; not started."""
    with opened(tmp_path / "home", machine_cache) as box:
        box.write_config(_config())
        yield box


def _config(**more: Any) -> dict[str, Any]:
    auth = {"mode": "token", "token": TOKEN}
    gateway = {"mode": "local", "port": free_port(), "bind": "loopback", "auth": auth} | more
    return {"gateway": gateway, "discovery": {"mdns": {"mode": "off"}}}


def _runs(shop: Shop) -> dict[str, Any]:
    answer = shop.run("gateway", "status")
    assert answer.code == 0, answer
    assert [fact["name"] for fact in answer.result["facts"]] == FACTS
    assert all(fact["ok"] for fact in answer.result["facts"])
    return answer.result


def _missing(shop: Shop) -> tuple[str, dict[str, Any]]:
    """The first fact that is not there, of a Gateway that does not run whole."""
    answer = shop.run("gateway", "status")
    assert answer.code == 5, answer
    return next(fact["name"] for fact in answer.result["facts"] if not fact["ok"]), answer.result


def test_start_status_restart_stop_and_what_goes_wrong_in_between(shop: Shop) -> None:
    name, state = _missing(shop)
    assert (name, state["state"], state["pid"]) == ("process", "stopped", None)
    assert shop.run("gateway", "start", "--dry-run").code == 10
    assert not shop.processes()

    started = shop.run("gateway", "start").result
    assert [fact["name"] for fact in started["facts"] if fact["ok"]] == FACTS
    assert (started["state"], started["version"], started["supervised"]) == ("running", PINNED, True)
    assert _runs(shop) == started
    first = psutil.Process(started["pid"])
    assert TOKEN not in command_of(first)
    assert TOKEN not in json.dumps(first.environ())

    twice = shop.run("gateway", "start")
    assert (twice.code, twice.result) == (0, started)
    assert shop.run("gateway", "start", "--dry-run").code == 0

    first.kill()
    assert wait_for(lambda: not first.is_running(), BACK_S)
    assert wait_for(lambda: shop.run("gateway", "status").code == 0, BACK_S), "the supervisor brings it back"
    back = _runs(shop)
    assert back["pid"] != first.pid
    assert back["supervised"] is True

    _stalls(shop, psutil.Process(back["pid"]))

    restarted = shop.run("gateway", "restart").result
    assert restarted["pid"] != back["pid"]
    assert _runs(shop) == restarted
    stopped = shop.run("gateway", "stop")
    assert (stopped.code, stopped.result["state"]) == (0, "stopped")
    assert wait_for(lambda: not shop.processes(), BACK_S), shop.processes()
    again = shop.run("gateway", "stop")
    assert (again.code, again.result["state"]) == (0, "stopped")


def _stalls(shop: Shop, gateway: psutil.Process) -> None:
    """A Gateway that hangs: said within seconds, by every verb, and forgotten once it goes on."""
    gateway.suspend()
    try:
        name, state = _missing(shop)
        assert (name, state["pid"]) == ("ready", gateway.pid)
        detail = next(fact["detail"] for fact in state["facts"] if fact["name"] == "ready")
        assert "does not answer" in detail
        assert "held by something" not in detail, "it is our own Gateway"
        shop.run("chat", "send", "--agent", "luna", "--message", "x").failed(6, "agent-unknown")
        shop.run("providers", "test").failed(6, "provider-unknown")
        saved = shop.run("config", "set", "ui.seamColor", "#112233")
        assert saved.code == 0, saved
        assert saved.result["state"] == "saved, not yet in use"
    finally:
        gateway.resume()
    assert wait_for(lambda: shop.run("gateway", "status").code == 0, BACK_S)


@contextmanager
def _web_server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            address = f"http://127.0.0.1:{port}/"
            assert wait_for(lambda: _answers(address), BACK_S)
            yield server
        finally:
            server.kill()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def test_another_program_on_the_port_is_named(shop: Shop) -> None:
    with _web_server(shop.config["gateway"]["port"]) as server:
        name, state = _missing(shop)
        assert (name, state["state"], state["pid"]) == ("process", "stopped", None)
        for verb in ("start", "restart"):
            error = shop.run("gateway", verb).failed(4, "port-taken")
            assert f"pid {server.pid}" in error["message"]
            assert "python" in error["message"]
        assert shop.run("gateway", "start", "--dry-run").code == 4
        assert shop.run("gateway", "stop").code == 0
        assert server.poll() is None
        assert not shop.processes()


@pytest.mark.parametrize("broken", ['{"gateway": {"port": "eighteen"}}', '{"gateway": ', "[]"])
def test_a_configuration_that_openclaw_would_refuse_starts_nothing(shop: Shop, broken: str) -> None:
    shop.write_config(broken)
    for verb in ("start", "restart"):
        answer = shop.run("gateway", verb)
        assert answer.code == 7, answer
        answer.failed(7, answer.error["code"])
    assert not shop.processes()
    assert shop.config_path.read_text() == broken


def test_no_configuration_and_no_engine(shop: Shop, tmp_path: Path) -> None:
    shop.variables |= {"LUNATUI_ENGINE_DIR": str(tmp_path / "no-engine"), "PATH": "/usr/bin:/bin"}
    error = shop.run("gateway", "start").failed(6, "engine-missing")
    assert "lunatui engine install" in error["hint"]
    assert shop.run("engine", "status").code == 11
    assert _missing(shop)[0] == "process"
    shop.variables.clear()
    shop.config_path.unlink()
    shop.run("gateway", "start").failed(6, "not-set-up")
    assert _missing(shop)[0] == "process"
    assert not shop.processes()


def test_a_start_that_is_given_no_time_leaves_nothing_running(shop: Shop) -> None:
    before = hashes(shop.home / ".openclaw")
    error = shop.run("gateway", "start", "--patience", "1").error
    assert error["code"] in ("gateway-no-port", "gateway-no-process"), error
    assert not shop.processes()
    assert hashes(shop.home / ".openclaw").keys() >= before.keys()
    for patience in ("nan", "inf", "-1", "0"):
        assert shop.run("gateway", "start", "--patience", patience).code == 2, patience
    assert not shop.processes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_start_that_is_interrupted_leaves_nothing_running(shop: Shop, number: signal.Signals) -> None:
    process = shop.begin("gateway", "start", "--json")
    assert wait_for(lambda: any("gateway run" in command_of(item) for item in shop.processes()), BACK_S)
    process.send_signal(number)
    out, said = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1, said
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert not shop.processes()
    assert shop.run("audit", "verify").code == 0


def test_a_gateway_that_ends_at_once_says_why(shop: Shop) -> None:
    """The configuration is fine for the schema, but the Gateway refuses to listen like that."""
    shop.write_config(_config(bind="lan", auth={"mode": "none"}))
    answer = shop.run("gateway", "start", "--patience", "25")
    assert answer.code in (5, 7), answer
    answer.failed(answer.code, answer.error["code"])
    assert not shop.processes()


def test_a_gateway_of_somebody_else_is_used_and_never_stopped(shop: Shop, engine: Engine) -> None:
    places = Places.from_environment(shop.env)
    env = gateway_environment(engine, places, shop.env, announce=False)
    command = [*engine.cli, "gateway", "run"]
    log = (shop.home / "own.log").open("wb")
    with log, subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True) as outside:
        try:
            assert wait_for(lambda: shop.run("gateway", "status").code == 0, BACK_S)
            state = _runs(shop)
            assert (state["supervised"], state["version"]) == (False, PINNED)
            unchanged = shop.run("gateway", "start")
            assert (unchanged.code, unchanged.result["supervised"]) == (0, False)
            for verb in ("stop", "restart"):
                error = shop.run("gateway", verb).failed(4, "gateway-not-ours")
                assert str(state["pid"]) in error["message"]
            assert outside.poll() is None
            used = shop.run("config", "set", "ui.seamColor", "#112233").result
            assert used["state"] == "saved and in use"
        finally:
            os.killpg(outside.pid, signal.SIGTERM)
            if not wait_for(lambda: outside.poll() is not None, BACK_S):
                os.killpg(outside.pid, signal.SIGKILL)
    assert _missing(shop)[0] == "process"
