"""`health.glance` on real files, a real supervisor folder and real ports; no OpenClaw is needed."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from appliance.health.models import Glance
from appliance.ops.core import Call, Nothing, Verdict
from appliance.ops.dispatch import dispatch
from appliance.ops.health import GLANCE
from tests.fakes.box import make_box
from tests.fakes.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.api import Appliance
    from launchd.supervisor import ServiceStatus


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    return make_box(tmp_path)


def configure(box: Appliance, port: int, **more: object) -> None:
    path = box.places.config_path
    path.parent.mkdir(parents=True, exist_ok=True)
    value = {
        "gateway": {"mode": "local", "port": port, "auth": {"mode": "token", "token": "t" * 32}},
        "agents": {
            "defaults": {"model": {"primary": "openai/gpt"}},
            "entries": {"luna": {"name": "Luna"}},
        },
        "channels": {"whatsapp": {}, "defaults": {}},
        **more,
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(value))


async def look(box: Appliance) -> Glance:
    return await dispatch(box, GLANCE, Nothing(), Call("human:test", "tui"))


def code(found: Glance) -> str:
    return found.trouble.code if found.trouble else ""


@pytest.fixture
def starting_gateway() -> Iterator[int]:
    """Answers `/health`, and on `/ready` that it is still starting."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {"ok": True} if self.path == "/health" else {"ready": False, "uptimeMs": 1500}
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing to the terminal."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_new_box_is_new_and_nothing_is_written(box: Appliance) -> None:
    found = await look(box)
    assert (found.state, code(found), found.agents, found.model) == ("new", "not-set-up", (), "")
    assert not (box.places.home / "glance.json").exists()
    assert GLANCE.verdict(found) is Verdict.FINDINGS


async def test_files_are_told_even_when_nothing_runs(box: Appliance) -> None:
    configure(box, free_port())
    found = await look(box)
    assert found.state == "closed"
    assert [agent.name for agent in found.agents] == ["Luna"]
    assert (found.model, found.channels) == ("openai/gpt", ("whatsapp",))
    assert (found.today, found.up_since) == (None, None)
    assert GLANCE.verdict(found) is Verdict.UNREACHABLE
    assert GLANCE.render
    assert "Luna" in GLANCE.render(found)


async def test_a_damaged_configuration_is_the_cause(box: Appliance) -> None:
    configure(box, free_port())
    box.places.config_path.write_text('{"agents": ')
    found = await look(box)
    assert (found.state, code(found)) == ("closed", "config-syntax")


async def test_a_start_is_seen_as_one(box: Appliance, starting_gateway: int) -> None:
    configure(box, starting_gateway)
    found = await look(box)
    if found.engine:  # an OpenClaw of this machine is found through PATH
        assert (found.state, found.trouble) == ("starting", None)
    else:
        assert code(found) == "engine-missing"


async def test_the_process_is_looked_at_after_its_port(box: Appliance) -> None:
    """A Gateway that ends between the two looks is gone, not one that is still starting."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        configure(box, server.getsockname()[1])
        asked: list[bool] = []
        status = box.supervisor.status

        async def watched() -> ServiceStatus:
            connection, _ = server.accept()  # raises when nobody has knocked at the port yet
            connection.close()
            asked.append(True)
            return await status()

        box.supervisor.status = watched  # type: ignore[method-assign]
        await look(box)
        assert asked


async def test_a_damaged_history_costs_its_own_fact_only(box: Appliance) -> None:
    configure(box, free_port())
    box.places.history_dir.mkdir(parents=True)
    (box.places.history_dir / "1-1.json").write_text("{")
    found = await look(box)
    assert found.last_change is None
    assert any("history" in note for note in found.notes)
    assert found.model == "openai/gpt"
