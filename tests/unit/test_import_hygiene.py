"""What a cheap verb must never load: read from `sys.modules` of a real process."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

import appliance
import launchd
import lunatui
import screens
from tests.fakes.box import environment

ROOT = Path(__file__).parents[2]
HEAVY = {
    "pydantic", "textual", "httpx", "websockets", "asyncio", "jsonschema_rs", "filelock", "nacl",
    "psutil", "tomlkit", "rich", "subprocess", "ssl", "urllib.request", "importlib.metadata", "logging",
}  # fmt: skip
NOT_TO_READ = {
    "hashlib", "hmac", "secrets", "random", "tomllib", "unicodedata", "string", "http", "email", "socket",
    "ctypes", "appliance.store.scanner", "appliance.store.editing", "appliance.store.changes",
    "appliance.store.save",
}  # fmt: skip
"""What a verb that only reads plain files can do without."""
RUN = """
import sys
expected = int(sys.argv[1])
sys.argv = ["lunatui", *sys.argv[2:]]
from lunatui.__main__ import main
try:
    main()
except SystemExit as ended:
    assert (ended.code or 0) == expected, ended.code
print(*sorted(sys.modules), file=sys.stderr)
"""


def modules(home: Path, *argv: str, code: int = 0) -> set[str]:
    answer = subprocess.run(
        [sys.executable, "-c", RUN, str(code), *argv],
        env=environment(home),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(answer.stderr.splitlines()[-1].split())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / ".openclaw"
    folder.mkdir(mode=0o700)
    (folder / "openclaw.json").write_text('{gateway: {port: 18789, auth: {token: "planted-token"}}}')
    (folder / "openclaw.json").chmod(0o600)
    return tmp_path


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["-h"]])
def test_version_and_help_load_almost_nothing(home: Path, argv: list[str]) -> None:
    loaded = modules(home, *argv)
    assert loaded & (HEAVY | {"click", "json", "hashlib", "dataclasses", "inspect"}) == set()
    assert {name for name in loaded if name.startswith("appliance.")} <= {
        "appliance.errors", "appliance.ops", "appliance.ops.registry",
    }  # fmt: skip


@pytest.mark.parametrize(
    "argv",
    [
        ["config", "get", "gateway.port"],
        ["config", "get", "gateway.port", "--json"],
        ["config", "get", "gateway", "--json"],
        ["config", "path"],
        ["config", "--help"],
        ["agents", "list"],
        ["agents", "list", "--json"],
        ["audit", "list"],
        ["secrets", "list"],
    ],
    ids=" ".join,
)
def test_reading_files_loads_nothing_heavy(home: Path, argv: list[str]) -> None:
    assert modules(home, *argv) & HEAVY == set()


@pytest.mark.parametrize(
    "argv",
    [["config", "get", "gateway.port"], ["config", "get", "gateway.port", "--json"], ["agents", "list"]],
    ids=" ".join,
)
def test_reading_plain_files_loads_only_what_reads(home: Path, argv: list[str]) -> None:
    (home / ".openclaw" / "openclaw.json").write_text('{"gateway": {"port": 18789}}')
    assert modules(home, *argv) & NOT_TO_READ == set()


def test_looking_for_a_gateway_needs_no_event_loop_and_no_http_library(home: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        (home / ".openclaw" / "openclaw.json").write_text(f'{{"gateway": {{"port": {port}}}}}')
        loaded = modules(home, "gateway", "status", "--json", code=5)
    assert loaded & (HEAVY | {"http", "email", "secrets", "random", "launchd.family"}) == set()


def test_an_area_loads_no_other_area(home: Path) -> None:
    loaded = {name for name in modules(home, "config", "path") if name.startswith("appliance.ops.")}
    assert (
        loaded & {f"appliance.ops.{area}" for area in ("agents", "chat", "gateway", "providers", "undo")}
        == set()
    )


def test_a_change_needs_no_event_loop_and_no_gateway_client(home: Path) -> None:
    loaded = modules(home, "config", "set", "gateway.port", "18790")
    assert loaded & (HEAVY - {"jsonschema_rs"} | {"ctypes", "http"}) == set()


@pytest.mark.parametrize("package", [appliance, launchd, lunatui, screens])
def test_the_packages_are_ours(package: object) -> None:
    assert Path(str(getattr(package, "__file__", ""))).parent.parent == ROOT
