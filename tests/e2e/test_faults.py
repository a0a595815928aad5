"""What goes wrong around lunatui: broken and foreign files, no rights, space or network, nobody to ask."""

from __future__ import annotations

import ctypes
import json
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import free_port
from tests.e2e.shop import LIMIT_S, SIX, Shop, ended, hashes, leftovers, opened, profile_text, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.engine.models import Engine

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

READS = (
    ("config", "get"),
    ("agents", "list"),
    ("agents", "show", "luna"),
    ("providers", "list"),
    ("providers", "test"),
    ("setup", "status"),
    ("profiles", "export"),
)
CHANGES = (
    ("config", "set", "gateway.port", "19000"),
    ("config", "unset", "gateway.port"),
    ("agents", "create", "Cakes"),
    ("agents", "update", "luna", "--name", "Lena"),
    ("providers", "set", "--model", "a/b"),
    ("gateway", "configure"),
    ("gateway", "start"),
    ("gateway", "restart"),
    ("chat", "send", "--agent", "luna", "--message", "Hello"),
    ("setup", "finish"),
)


@pytest.fixture
def shop(tmp_path: Path, engine: Engine, machine_cache: Path) -> Iterator[Shop]:
    """A home with a configuration and one agent; nothing runs."""
    with opened(tmp_path / "home", machine_cache) as box:
        port = free_port()
        auth = {"mode": "token", "token": "e2e-token-77"}
        gateway = {"mode": "local", "port": port, "bind": "loopback", "auth": auth}
        box.write_config({"gateway": gateway, "agents": {"entries": {"luna": {"name": "Luna"}}}})
        yield box


@pytest.mark.parametrize("broken", ['{"gateway": {"port": 18789', "", "\x00\x01\x02", '["a list"]', "{]"])
def test_a_broken_configuration_is_said_by_every_verb_and_stays_as_it_is(shop: Shop, broken: str) -> None:
    shop.write_config(broken)
    verbs = (*READS, *CHANGES) if broken.startswith('{"gateway"') else (READS[0], CHANGES[0], CHANGES[2])
    for verb in verbs:
        answer = shop.run(*verb)
        assert answer.code == 7, (verb, answer)
        error = answer.failed(7, answer.error["code"])
        assert "configuration" in error["message"], (verb, error)
    validity = shop.run("config", "validate")
    assert validity.code == 7
    status = shop.run("gateway", "status")
    assert (status.code, status.result["state"]) == (5, "stopped")
    assert shop.run("config", "path").code == 0
    assert shop.run("gateway", "stop").code == 0
    assert shop.config_path.read_text() == broken
    assert leftovers(shop.home) == []


def test_a_link_stays_a_link(shop: Shop, tmp_path: Path) -> None:
    real = tmp_path / "synced" / "openclaw.json"
    real.parent.mkdir()
    shop.config_path.rename(real)
    shop.config_path.symlink_to(real)
    saved = shop.run("config", "set", "ui.seamColor", "#112233").result
    assert saved["changed"] == ["ui.seamColor"]
    assert shop.config_path.is_symlink()
    assert json.loads(real.read_text())["ui"] == {"seamColor": "#112233"}
    assert shop.run("config", "path").result["real_path"] == str(real)
    shop.run("agents", "create", "Cakes").result  # noqa: B018 - asserts that it went well
    assert shop.config_path.is_symlink()
    assert shop.run("undo").code in (0, 3)
    shop.config_path.unlink()
    shop.config_path.symlink_to(tmp_path / "nowhere" / "openclaw.json")
    dangling = shop.run("config", "set", "ui.seamColor", "#332211")
    assert dangling.code != 70, dangling
    dangling.error  # noqa: B018 - it failed, with a sentence
    assert shop.config_path.is_symlink()


def _without_override() -> None:
    """Root without the power to write where the mode forbids it; for others nothing changes."""
    libc = ctypes.CDLL(None)
    drop = 24  # PR_CAPBSET_DROP
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(drop, capability, 0, 0, 0)


def test_a_home_that_cannot_be_written_is_said_and_nothing_is_half_done(shop: Shop) -> None:
    before = shop.config_path.read_bytes()
    for folder in (shop.home, shop.config_path.parent):
        folder.chmod(0o500)
        try:
            for verb in (CHANGES[0], CHANGES[2], ("gateway", "start"), ("profiles", "export")):
                answer = shop.run(*verb, preexec_fn=_without_override)
                assert answer.code != 70, (verb, answer)
                if verb[0] != "profiles":
                    assert answer.code != 0, (folder, verb, answer)
                    answer.failed(answer.code, answer.error["code"])
        finally:
            folder.chmod(0o700)
    assert shop.config_path.read_bytes() == before
    assert leftovers(shop.home) == []
    assert not shop.processes()


def _no_space() -> None:
    """No file may grow beyond 1 KiB, as on a full disk; the configuration is larger."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))


def test_no_space_leaves_the_configuration_as_it_was(shop: Shop) -> None:
    value = shop.config | {"env": {"vars": {"LARGE": "x" * 4000}}}
    shop.write_config(value)
    before = shop.config_path.read_bytes()
    for verb in (("config", "set", "ui.seamColor", "#112233"), ("agents", "create", "Cakes")):
        answer = shop.run(*verb, preexec_fn=_no_space)
        assert answer.code not in (0, 70), (verb, answer)
        answer.failed(answer.code, answer.error["code"])
        assert shop.config_path.read_bytes() == before
    assert shop.run("config", "set", "ui.seamColor", "#112233").code == 0
    assert leftovers(shop.home) == []
    assert "Cakes" not in shop.config_path.read_text()


def test_nobody_to_ask_means_no(shop: Shop) -> None:
    shop.run("agents", "create", "Cakes").result  # noqa: B018 - asserts that it went well
    before = hashes(shop.config_path.parent)
    shop.run("agents", "archive", "cakes").failed(3, "no-consent")
    plain = shop.begin("agents", "archive", "cakes")
    out, said = plain.communicate(timeout=LIMIT_S)
    assert (plain.returncode, out) == (3, "")
    assert "--yes" in said
    assert hashes(shop.config_path.parent) == before
    shop.run("--read-only", "config", "set", "gateway.port", "1").failed(3, "read-only")
    assert hashes(shop.config_path.parent) == before
    assert shop.run("agents", "archive", "cakes", "--yes").code == 0


def test_somebody_at_a_terminal_is_asked_and_may_say_no(shop: Shop) -> None:
    shop.run("agents", "create", "Cakes").result  # noqa: B018 - asserts that it went well
    for said, code in ((b"n\n", 3), (b"\x03", 1), (b"y\n", 0)):
        ours, theirs = pty.openpty()
        process = shop.begin("agents", "archive", "cakes", stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(ours, 4096)
        if said == b"\x03":
            # One that comes just before Python begins to read is only noticed with the next key.
            assert wait_for(
                lambda it=process: it.poll() is not None or it.send_signal(signal.SIGINT), LIMIT_S
            )
        else:
            os.write(ours, said)
        assert process.wait(LIMIT_S) == code, (said, shown)
        os.close(ours)
        assert ("cakes" in shop.config["agents"]["entries"]) is (code != 0)


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("config", "nonsense"),
        ("config", "set"),
        ("agents",),
        ("chat", "send", "--agent", "luna"),
        ("config", "set", "a..b", "1"),
    ],
)
def test_a_line_that_cannot_be_understood(shop: Shop, words: tuple[str, ...]) -> None:
    assert shop.run("config", "get").code == 0  # the first look of all remembers how the settings are
    before = hashes(shop.home)
    answer = shop.run(*words)
    assert answer.code == 2, answer
    assert answer.error["message"]
    assert hashes(shop.home) == before


@contextmanager
def _another_writer(shop: Shop) -> Iterator[SimpleNamespace]:
    """A user's script that counts in the file, again and again, without asking anybody."""
    stop, script = threading.Event(), SimpleNamespace(written=0, rest=0.03)

    def overwrite() -> None:
        while not stop.wait(script.rest):
            value: dict[str, Any] = shop.config
            value.setdefault("env", {}).setdefault("vars", {})["COUNT"] = str(script.written + 1)
            theirs = shop.config_path.with_name("theirs")
            theirs.touch(mode=0o600)
            theirs.write_text(json.dumps(value))
            theirs.replace(shop.config_path)
            script.written += 1

    writer = threading.Thread(target=overwrite)
    writer.start()
    try:
        yield script
    finally:
        stop.set()
        writer.join()


def test_another_writer_during_an_apply_loses_nothing(shop: Shop, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(profile_text(port=free_port(), base_url="http://127.0.0.1:9/v1"))
    with _another_writer(shop) as script:
        deadline = time.monotonic() + LIMIT_S
        answer = shop.run("profiles", "apply", str(site))
        # A busy machine saves no faster than a script writes that knows no rest; each refusal is heard there.
        while answer.code == 4 and answer.error["code"] == "config-changed" and time.monotonic() < deadline:
            script.rest *= 1.5
            answer = shop.run("profiles", "apply", str(site))
        # OpenClaw itself gives up a start during which its configuration changes; few get further.
        reached = answer.failed(answer.code, answer.error["code"])["code"]
    assert (answer.code, reached) == (4, "config-moved") or answer.code == 5, answer
    assert script.written > 20
    assert shop.config["env"]["vars"]["COUNT"] == str(script.written)
    assert shop.run("config", "validate").code == 0
    assert bool(shop.processes()) is (reached == "provider-refused"), "a start that failed left something"
    shop.run("profiles", "apply", str(site)).failed(5, "provider-refused")
    # Their script writes back what it read a moment before, so it may have taken an agent out again: then
    # the last apply has put it at the end. All six are there, each once; their order is not ours to promise.
    assert sorted(row["id"] for row in shop.run("agents", "list").result["agents"]) == sorted(SIX)
    assert shop.config["env"]["vars"]["COUNT"] == str(script.written)
    assert leftovers(shop.home) == []
    assert shop.run("audit", "verify").code == 0


def test_an_edit_while_the_gateway_starts_does_not_keep_it_down(shop: Shop) -> None:
    starting = shop.begin("gateway", "start", "--json")
    log = shop.home / ".local" / "share" / "lunatui" / "logs" / "gateway.log"
    assert wait_for(lambda: log.exists() and b"loading" in log.read_bytes(), LIMIT_S)
    shop.write_config(shop.config | {"ui": {"seamColor": "#112233"}})
    assert ended(starting).result["state"] == "running"
    assert shop.run("gateway", "status").code == 0
    assert shop.config["ui"] == {"seamColor": "#112233"}


def test_no_network_during_the_installation(shop: Shop, tmp_path: Path) -> None:
    engine_dir = tmp_path / "engine"
    closed = f"http://127.0.0.1:{free_port()}/"
    shop.variables |= {
        "LUNATUI_ENGINE_DIR": str(engine_dir),
        "LUNATUI_CACHE": str(tmp_path / "cache"),
        "npm_config_registry": closed,
        "PATH": "/usr/bin:/bin",
    }
    answer = shop.run("engine", "install", timeout=600)
    assert answer.code == 5, answer
    answer.failed(5, answer.error["code"])
    found = shop.run("engine", "status")
    assert (found.code, found.result["version"]) == (11, "")
    assert not list(engine_dir.rglob("openclaw.mjs"))
    left = [path.name for path in engine_dir.iterdir()] if engine_dir.exists() else []
    assert all(name.startswith((".", "node-")) for name in left), left
    assert not shop.processes()
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)


def test_a_reader_that_leaves_is_no_bug(shop: Shop) -> None:
    command = '"$0" -m lunatui spec --json | head -c 10'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable],
        env=shop.env,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert len(done.stdout) == 10
