"""A backup of a real shop: made beside the running engine, put back into a wiped home, and proven unseen."""

from __future__ import annotations

import ipaddress
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.practice.server import PracticeServer
from tests.e2e.shop import SIX, Shop, ended, killed, opened, places_with, processes_of, profile_text, wait_for
from tests.fakes.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.engine.models import Engine

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

PASSPHRASE = "a café by the harbour"
SAID = "Please remember: the cake is for Tuesday."
GONE_S = 60.0
CALLS = "trace=connect,sendto,sendmsg,sendmmsg"
ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')


@pytest.fixture(scope="module")
def practice() -> Iterator[PracticeServer]:
    """The brain of the real shop."""
    with PracticeServer() as server:
        yield server


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory, engine: Engine, machine_cache: Path, practice: PracticeServer
) -> Iterator[Shop]:
    """Six agents, one conversation, the engine running."""
    folder = tmp_path_factory.mktemp("backup")
    with opened(folder / "home", machine_cache) as box:
        profile = folder / "shop.toml"
        profile.write_text(
            profile_text(
                port=free_port(), base_url=practice.base_url, model="office/practice", key=_key(folder)
            )
        )
        assert tuple(box.run("profiles", "apply", str(profile), "--yes").result["agents"]) == SIX
        assert SAID in box.run("chat", "send", "--agent", "luna", "--message", SAID).result["text"]
        yield box


def test_a_wiped_box_comes_back_with_its_staff_and_its_conversations(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    began = time.monotonic()
    made = shop.run("backup", "create", "--to", str(disk), "--passphrase-stdin", stdin=PASSPHRASE).result
    archive = made["archive"]
    made_s = time.monotonic() - began
    assert archive["key"] == "passphrase"
    assert places_with(SAID, disk) == []
    config = shop.config_path.read_text()

    shop.run("gateway", "stop")
    assert wait_for(lambda: not shop.processes(), GONE_S), shop.processes()
    shutil.rmtree(shop.home)
    shop.home.mkdir(mode=0o700)
    began = time.monotonic()
    back = shop.run(
        "backup", "restore", archive["path"], "--passphrase-stdin", "--start", "--yes", stdin=PASSPHRASE
    ).result
    back_s = time.monotonic() - began
    assert back["running"], back
    assert shop.config_path.read_text() == config
    assert {agent["id"] for agent in shop.run("agents", "list").result["agents"]} == set(SIX)
    reply = shop.run("chat", "send", "--agent", "luna", "--message", "Are you back?").result["text"]
    assert "Are you back?" in reply
    said = shop.run("chat", "history", "luna").result
    assert SAID in str(said)
    with capsys.disabled():
        print(
            f"\n  {archive['files']} files, {archive['content'] >> 10} KiB in {archive['size'] >> 10} KiB; "
            f"made and read back in {made_s:.1f} s, put back and started in {back_s:.1f} s"
        )


def test_a_proof_reaches_nothing_but_this_machine(
    shop: Shop, tmp_path: Path, practice: PracticeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The archive holds a channel, a hosted brain and a heartbeat every minute: all of it would go out."""
    shop.run("gateway", "stop")
    config = shop.config
    config["channels"] = {"telegram": {"enabled": True, "botToken": f"{10**9}:{'x' * 35}"}}
    config["models"]["providers"]["hosted"] = {
        **config["models"]["providers"]["office"],
        "baseUrl": "https://api.openai.com/v1",
    }
    config["agents"]["defaults"]["model"]["primary"] = "hosted/practice"
    config["agents"]["defaults"]["heartbeat"] = {"every": "1m"}
    shop.write_config(config)
    before = shop.config_path.read_bytes()
    made = shop.run("backup", "create").result["archive"]
    _kill_one_on_its_way(shop)

    asked = len(practice.requests)
    trace = tmp_path / "trace"
    assert shutil.which("strace"), "the proof that nothing goes out needs strace"
    process = _traced(shop, trace, "-m", "lunatui", "backup", "drill", "--json")
    began = time.monotonic()
    proof = ended(process, timeout=600).result
    assert proof["staff"] == len(SIX)
    assert "Are you there?" in proof["reply"]
    reached = _reached(trace.read_text())
    assert any(address.startswith("127.") for address in reached), "the trace saw the engine"
    assert {address for address in reached if not ipaddress.ip_address(address).is_loopback} == set()
    assert len(practice.requests) == asked
    assert shop.config_path.read_bytes() == before
    assert list((_ours(shop) / "drill").iterdir()) == []
    assert wait_for(lambda: not shop.processes(), GONE_S), shop.processes()
    (listed,) = [item for item in shop.run("backup", "list").result["archives"] if item["id"] == made["id"]]
    assert listed["proven"]
    with capsys.disabled():
        print(
            f"\n  proven under strace in {time.monotonic() - began:.1f} s: unpacked {proof['unpack_s']} s, "
            f"started {proof['start_s']} s, answered {proof['answer_s']} s"
        )


def test_the_trace_would_show_what_goes_out(tmp_path: Path, shop: Shop) -> None:
    """A socket that is only pointed at an address for documentation sends nothing, and is seen."""
    trace = tmp_path / "trace"
    code = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('192.0.2.1', 9))"
    _traced(shop, trace, "-c", code).communicate(timeout=300)
    assert "192.0.2.1" in _reached(trace.read_text())


def _kill_one_on_its_way(shop: Shop) -> None:
    """A proof that is killed outright takes its engine along; its folder is for the next one to remove."""
    process = shop.begin("backup", "drill", "--json")
    scratch = _ours(shop) / "drill"

    def starts() -> bool:
        return any(
            path.joinpath("lunatui", "run", "gateway", "child.json").exists() for path in scratch.glob("*")
        )

    assert wait_for(starts, 300), process.poll()
    (home,) = scratch.iterdir()
    killed(process, signal.SIGKILL)
    assert wait_for(lambda: not processes_of(home), GONE_S), processes_of(home)
    assert home.exists()


def _traced(shop: Shop, trace: Path, *arguments: str) -> subprocess.Popen[str]:
    """A Python of the shop's, with every address that it or its children name in `trace`."""
    strace = ["strace", "-f", "-qq", "-e", CALLS, "-o", str(trace)]
    return subprocess.Popen(
        [*strace, sys.executable, *arguments],
        env=shop.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _reached(trace: str) -> set[str]:
    return {one or other for one, other in ADDRESS.findall(trace)}


def _ours(shop: Shop) -> Path:
    return shop.home / ".local" / "share" / "lunatui"


def _key(folder: Path) -> str:
    path = folder / "office-key"
    path.touch(mode=0o600)
    path.write_text("practice-key")
    return f"file:{path}"
