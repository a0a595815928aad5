"""T9, promise 6: no key reaches arguments, environment, files, records, crash screens or what is printed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import MISSING, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import psutil
import pytest

from appliance.gateway import probe
from appliance.hygiene import targets
from appliance.ops.core import Operation, Risk
from appliance.ops.registry import AREAS, every_operation
from appliance.secret import Secret
from lunatui.secret_source import flag_of
from tests.fakes import box as fake_box
from tests.fakes.box import environment
from tests.fakes.keys import Planted, every_key, shapeless
from tests.fakes.ports import free_port
from tests.safety.chance import chosen_seed
from tests.safety.planted_keys import Said, files_with, holds, open_modes, run_all
from tests.safety.scale import scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SEED = chosen_seed()
KEYS = tuple(every_key(SEED))
RANDOM = tuple(Planted(f"random-{number}", shapeless(SEED + number, 24 + 4 * number)) for number in range(10))
THROUGH_ALL = scale(3, 12, len(KEYS))
"""How many keys go through every operation there is."""
CONFIG_COPIES = ("ours/backups/config", "ours/known")
"""Copies of the configuration hold what it holds; `secrets move` is what takes it out of them."""
SLOW = {"demo.run", "engine.install"}
"""They put an engine together; their own tests look for keys."""


@pytest.fixture(autouse=True)
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A Gateway seems to be there, so that a new key is tried; no log of anybody else's is looked into."""
    print(f"seed {SEED}")
    monkeypatch.setattr(probe, "probe", lambda *_, **__: probe.Probe(True, True, True))
    monkeypatch.setattr(targets, "SHARED_LOGS", tmp_path / "nobody")


class Parrot(BaseHTTPRequestHandler):
    """A provider that repeats the key it was shown in its refusal, in every way."""

    def do_GET(self) -> None:
        self._refuse()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self._refuse()

    def _refuse(self) -> None:
        shown = self.headers.get("authorization") or self.headers.get("x-api-key") or ""
        body = json.dumps(
            {"error": {"message": f"Incorrect API key provided: {shown}. {shown}", "type": shown}}
        )
        self.send_response(401, shown.encode("ascii", "replace").decode())
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nothing is said."""


@contextmanager
def parrot() -> Iterator[str]:
    """Its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Parrot) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()


def home_with(tmp_path: Path, key: str = "") -> tuple[Path, dict[str, str]]:
    """A box whose brain has this key in clear, and the environment of its user."""
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    for folder in (home, scratch, home / ".openclaw"):
        folder.mkdir(mode=0o700)
    config = {
        "gateway": {"mode": "local", "port": free_port(), "auth": {"mode": "token", "token": "tok-of-a-test"}}
    }
    if key:
        office = {
            "baseUrl": "http://127.0.0.1:9/v1",
            "api": "openai-completions",
            "apiKey": key,
            "models": [],
        }
        config |= {"models": {"providers": {"office": office}}, "env": {"vars": {"OFFICE_API_KEY": key}}}
        config |= {"agents": {"entries": {"luna": {"name": "Luna"}}}}
        write(home / ".openclaw" / ".env", f"OFFICE_API_KEY={key}\n")
    write(home / ".openclaw" / "openclaw.json", json.dumps(config, indent=2))
    return home, environment(home) | {
        "LUNATUI_HOME": str(home / "ours"),
        "LUNATUI_CACHE": str(tmp_path / "cache"),
    }


def write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def refuse_hits(said: Sequence[Said], home: Path, key: str, *, but: Sequence[str] = ()) -> None:
    """Nowhere in what was said, nowhere in our files, and nothing is open to others."""
    for one in said:
        shown = [word for word in one.argv if key not in word]
        assert not holds(one.out, key), (shown, one.out.decode(errors="replace"))
        assert not holds(one.err, key), (shown, one.err.decode(errors="replace"))
        assert b"Traceback" not in one.out + one.err, shown
    assert files_with(home, key, but=(*CONFIG_COPIES, ".openclaw/", *but)) == []
    assert open_modes(home) == []
    print(f"figure commands with a planted key: {len(said)}, 0 hits")


@pytest.mark.parametrize("key", [*KEYS, *RANDOM], ids=lambda key: key.name)
def test_a_new_key_on_every_way_it_can_be_refused(key: Planted, tmp_path: Path) -> None:
    """Refused by a provider that repeats it, by nobody who answers, by us; with a bug; in a broken file."""
    home, env = home_with(tmp_path)
    nobody = f"http://127.0.0.1:{free_port()}/v1"
    with parrot() as address:
        add = ("providers", "add", "custom", "--id", "office", "--model", "m", "--base-url")
        commands = [
            ((*add, address, "--key-stdin"), key.text),
            ((*add, address, "--key-stdin", "--json"), key.text),
            ((*add, nobody, "--key-stdin", "--json", "--idempotency-key", "once"), key.text),
            ((*add, address, "--key", key.text, "--json"), ""),
            (("notes", "seal", "--key-stdin", "--json"), key.text),
            (("config", "set", "models.providers.office.apiKey", key.text, "--json"), ""),
            (("secrets", "scan"), ""),
            (("secrets", "chain", "--json"), ""),
            (("audit", "list", "--json"), ""),
            (("audit", "verify", "--json"), ""),
            (("secrets", "set", "office", "--value-stdin", "--json"), key.text),
            (("secrets", "list", "--json"), ""),
        ]
        said = run_all(fake_box.run, env, commands, tmp_path / "scratch")
    codes = [one.code for one in said]
    assert codes[:2] == [1, 1], "the provider has refused it"
    assert codes[3] == 2, "a key in an argument is refused"
    assert codes[9:] == [0, 0, 0], "the record is whole, and the vault has taken it"
    refuse_hits(said, home, key.text)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_a_key_in_the_wrong_place_and_in_a_crash(key: Planted, tmp_path: Path) -> None:
    """As a name, as a text, in the message of an error, in a bug, in an answer that hands it out."""
    home, env = home_with(tmp_path)
    commands = [
        (("notes", "show", key.text, "--json"), ""),
        (("notes", "leak", key.text), ""),
        (("notes", "leak", key.text, "--json"), ""),
        (("notes", "crash", key.text, "--json"), ""),
        (("notes", "crash", key.text), ""),
        (("notes", "act", "bug", "--detail", key.text), ""),
        (("notes", "act", "Invalid", "--detail", key.text, "--json"), ""),
        (("notes", "act", "undo-secret", "--detail", key.text, "--idempotency-key", "a"), ""),
        (("config", "get", key.text), ""),
        (("agents", "show", key.text, "--json"), ""),
        ((key.text, "--json"), ""),
        (("audit", "list"), ""),
    ]
    said = run_all(fake_box.run, env, commands, tmp_path / "scratch")
    assert [one.code for one in said[3:6]] == [70, 70, 70]
    assert (home / "ours" / "logs" / "crash.log").exists()
    refuse_hits(said, home, key.text)


@pytest.mark.parametrize("key", [*KEYS[: THROUGH_ALL - 1], RANDOM[0]], ids=lambda key: key.name)
def test_a_key_in_the_files_through_every_operation(key: Planted, tmp_path: Path) -> None:
    """It stands in the settings and in a variable; every verb is run, every change as a dry run too."""
    home, env = home_with(tmp_path, key.text)
    commands = [
        (argv, key.text if any(word.endswith("-stdin") for word in argv) else "")
        for operation in every_operation()
        if operation.name not in SLOW
        for argv in command_lines(operation)
    ]
    assert len(commands) > 60
    said = run_all(fake_box.run, env, commands, tmp_path / "scratch")
    assert not [one.argv for one in said if one.code == 70]
    refuse_hits(said, home, key.text)


def command_lines(operation: Operation[Any, Any]) -> Iterator[list[str]]:
    """As a person would type it, with something in every place that must be filled."""
    line = [operation.area] if AREAS[operation.area].plain else [operation.area, operation.verb]
    hints = get_type_hints(operation.params)
    for item in fields(operation.params):
        hint = hints[item.name]
        if Secret in (hint, *get_args(hint)):
            if item.default is MISSING:
                line += [f"--{flag_of(item)}-stdin"]
        elif item.default is MISSING:
            word = "1" if hint in (int, float) else "office"
            if choices := [each for each in get_args(hint) if isinstance(each, str)]:
                word = choices[0]
            line += [word] if item.metadata.get("positional") else [f"--{flag_of(item)}", word]
    yield [*line, "--json", *(["--dry-run"] if operation.risk is not Risk.READ else [])]
    if operation.risk is Risk.READ:
        yield line


def test_a_settings_file_that_cannot_be_read_is_not_quoted(tmp_path: Path) -> None:
    for number, key in enumerate([*KEYS, *RANDOM][:: scale(6, 3, 1)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        home, env = home_with(folder, key.text)
        path = home / ".openclaw" / "openclaw.json"
        path.write_text(path.read_text().replace(f'"apiKey": "{key.text}",', f'"apiKey": {key.text},'))
        commands = [
            (("config", verb, *rest, "--json"), "") for verb, rest in (("get", ["models"]), ("validate", []))
        ]
        commands += [(("health", "glance"), ""), (("secrets", "scan", "--json"), "")]
        said = run_all(fake_box.run, env, commands, folder / "scratch")
        assert said[0].code == 7
        refuse_hits(said, home, key.text)


class Sampler(threading.Thread):
    """Looks at every process of a home about once a millisecond: its arguments and its environment."""

    def __init__(self, root: int) -> None:
        super().__init__()
        self.seen: dict[int, bytes] = {}
        self.samples = 0
        self._root = root
        self._ends = threading.Event()

    def run(self) -> None:
        while not self._ends.wait(0.001):
            for pid in self._family():
                self.seen[pid] = (
                    self.seen.get(pid, b"")[-200_000:] + _proc(pid, "cmdline") + _proc(pid, "environ")
                )
            self.samples += 1

    def stop(self) -> bytes:
        self._ends.set()
        self.join()
        return b"\0".join(self.seen.values())

    def _family(self) -> list[int]:
        try:
            root = psutil.Process(self._root)
            return [root.pid, *(child.pid for child in root.children(recursive=True))]
        except psutil.Error:
            return []


def _proc(pid: int, name: str) -> bytes:
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:  # noqa: PTH123 - as fast as it goes
            return file.read()
    except OSError:
        return b""


@pytest.mark.parametrize("key", [KEYS[0], KEYS[2], RANDOM[1]], ids=lambda key: key.name)
def test_no_process_shows_it(key: Planted, tmp_path: Path) -> None:
    """The real program as a process of its own, sampled all its life with its children."""
    home, env = home_with(tmp_path, key.text)
    with parrot() as address:
        add = (
            "providers",
            "add",
            "custom",
            "--id",
            "branch",
            "--model",
            "m",
            "--base-url",
            address,
            "--key-stdin",
        )
        for argv in (
            add,
            ("health", "glance", "--json"),
            ("secrets", "scan", "--json"),
            ("engine", "status"),
        ):
            process = subprocess.Popen(
                [sys.executable, "-m", "lunatui", *argv],
                env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            sampler = Sampler(process.pid)
            sampler.start()
            try:
                out, err = process.communicate(key.text.encode(), timeout=120)
            finally:
                seen = sampler.stop()
            assert sampler.samples > 0
            assert b"lunatui" in seen
            assert not holds(seen, key.text), argv
            refuse_hits([Said(argv, process.returncode, out, err)], home, key.text)
