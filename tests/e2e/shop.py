"""A throw-away box driven only through the command line, and what must be true of it afterwards."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from appliance.store.names import owner_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LIMIT_S = 300.0
KEY = "sk-e2e-9f3A+b7/Q2=xK5mW8vT1"
"""With signs that look different once they are URL-encoded."""


@dataclass(frozen=True)
class Answer:
    """How one command ended."""

    code: int
    document: dict[str, Any]
    """The last line of standard output, read as JSON; empty when it is none."""
    events: tuple[dict[str, Any], ...]
    """The lines before it, of commands that stream."""
    said: str
    """Standard error."""

    @property
    def result(self) -> dict[str, Any]:
        """The result of a command that went well."""
        assert self.document.get("ok") is True, (self.code, self.document, self.said)
        found: dict[str, Any] = self.document["result"]
        return found

    @property
    def error(self) -> dict[str, str]:
        """Code, message and hint of a command that did not; what people are told says the same."""
        assert self.document.get("ok") is False, (self.code, self.document, self.said)
        found: dict[str, str] = self.document["error"]
        assert "Traceback" not in self.said
        assert found["message"].splitlines()[0] in self.said
        return found

    def failed(self, exit_code: int, code: str) -> dict[str, str]:
        """Assert how it failed; returns the error."""
        error = self.error
        assert (self.code, error["code"]) == (exit_code, code), (self.document, self.said)
        assert error["message"].rstrip().endswith((".", "!", "?", ")")), error
        return error


@dataclass
class Shop:
    """One home; `close` stops what runs in it and says what had been left behind."""

    home: Path
    cache: Path
    variables: dict[str, str] = field(default_factory=dict)
    """Set beside the plain environment."""

    @property
    def env(self) -> dict[str, str]:
        """What a user of this home has in the environment, and nothing of ours."""
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "LUNATUI_CACHE": str(self.cache),
            "LUNATUI_ENGINE_DIR": str(self.cache / "engine"),
            **self.variables,
        }

    @property
    def config_path(self) -> Path:
        """OpenClaw's configuration."""
        return self.home / ".openclaw" / "openclaw.json"

    @property
    def config(self) -> dict[str, Any]:
        """Its value; ours are written as plain JSON."""
        found: dict[str, Any] = json.loads(self.config_path.read_text())
        return found

    def write_config(self, value: object) -> None:
        """As a user with an editor does: at once, so that a Gateway which looks never sees half of it."""
        self.config_path.parent.mkdir(mode=0o700, exist_ok=True)
        real = self.config_path.resolve()
        fresh = real.with_name("written-by-hand")
        fresh.touch(mode=0o600)
        fresh.write_text(value if isinstance(value, str) else json.dumps(value, indent=2))
        fresh.replace(real)

    def begin(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """The command as a process of its own session, as a terminal starts it."""
        options = {"env": self.env, "start_new_session": True, "stdin": subprocess.DEVNULL} | options
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([sys.executable, "-m", "lunatui", *arguments], **(pipes | options))

    def run(self, *arguments: str, stdin: str = "", timeout: float = LIMIT_S, **options: Any) -> Answer:
        """The command with `--json`, to its end."""
        process = self.begin(*arguments, "--json", stdin=subprocess.PIPE, **options)
        return ended(process, stdin=stdin, timeout=timeout)

    def processes(self) -> list[psutil.Process]:
        """Every process that belongs to this home, by its environment or its command line."""
        return processes_of(self.home)

    def close(self) -> None:
        """Stop the Gateway as a user does; what runs even then is ended, and is a failure."""
        with suppress(subprocess.TimeoutExpired):
            self.run("gateway", "stop")
        left = wait_for(lambda: not self.processes(), 60.0) or [
            (process.pid, command_of(process)) for process in self.processes()
        ]
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        assert left is True, left


@contextmanager
def opened(home: Path, cache: Path, **variables: str) -> Iterator[Shop]:
    """A shop in an empty home, taken down at the end."""
    home.mkdir(mode=0o700, exist_ok=True)
    shop = Shop(home, cache, dict(variables))
    try:
        yield shop
    finally:
        shop.close()


def ended(process: subprocess.Popen[str], *, stdin: str = "", timeout: float = LIMIT_S) -> Answer:
    """Wait for a started command, and read what it said."""
    try:
        out, said = process.communicate(stdin or None, timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    events = tuple(line["event"] for line in lines if "event" in line)
    documents = [line for line in lines if "ok" in line]
    assert len(documents) <= 1, out
    assert not documents or lines[-1] is documents[0], out
    return Answer(process.returncode, documents[0] if documents else {}, events, said)


def killed(process: subprocess.Popen[str], number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a command and read what is left of its output."""
    process.send_signal(number)
    process.communicate(timeout=LIMIT_S)


def wait_for(condition: Callable[[], bool], within: float) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def processes_of(home: Path) -> list[psutil.Process]:
    """Processes whose HOME is this one, or that name something in it; zombies and ourselves do not count."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            named = any(f"{home}/" in f"{word}/" for word in process.cmdline())
            if named or process.environ().get("HOME") == str(home):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def command_of(process: psutil.Process) -> str:
    """Its command line, for a message."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return "gone"


def below(folder: Path) -> list[Path]:
    """Every file, folder and link below a folder, in order; what goes while one looks is not there."""
    return sorted(
        Path(parent, name) for parent, folders, files in os.walk(folder) for name in (*folders, *files)
    )


def leftovers(folder: Path) -> list[str]:
    """Locks and temporary files that stay; a running Gateway has some of its own for an instant."""
    found: list[str] = []

    def gone() -> bool:
        found[:] = [
            str(path)
            for path in below(folder)
            if owner_of(path.name) is not None or path.name.endswith(".json.lock")
        ]
        return not found

    wait_for(gone, 30.0)
    return found


def hashes(folder: Path, *, except_for: tuple[str, ...] = ()) -> dict[str, str]:
    """Every file, folder and link below a folder with what it holds, but those that match a pattern."""
    found = {}
    for path in below(folder):
        name = str(path.relative_to(folder))
        if any(Path(name).match(pattern) for pattern in except_for):
            continue
        with suppress(FileNotFoundError):
            if path.is_symlink():
                found[name] = f"-> {path.readlink()}"
            elif path.is_file():
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                found[name] = "folder"
    return found


def places_with(secret: str, folder: Path, *, except_for: tuple[str, ...] = ()) -> list[str]:
    """Files below a folder that hold a secret: as it is, base64 at any offset, or URL-encoded."""
    raw = secret.encode()
    wanted = {raw, urllib.parse.quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode()}
    for offset in range(3):
        # What stands before a text decides how it looks in base64; the edges belong to its neighbours.
        whole = base64.b64encode(b"\0" * offset + raw)
        inner = whole[(0, 2, 3)[offset] : len(whole) - 4]
        wanted |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    found = []
    for path in below(folder):
        name = str(path.relative_to(folder))
        if path.is_symlink() or not path.is_file() or any(Path(name).match(item) for item in except_for):
            continue
        with suppress(FileNotFoundError):
            data = path.read_bytes()
            found += [name for text in wanted if text in data]
    return found


def profile_text(
    *, port: int, base_url: str = "", key: str = "", model: str = "", agents: Mapping[str, str] | None = None
) -> str:
    """A profile of the practice model behind an address of the owner's own."""
    chosen = agents if agents is not None else dict.fromkeys(SIX, "")
    lines = [f'default_model = "{model}"'] if model else []
    lines += ["[gateway]", f"port = {port}", "[business]", 'name = "Café Rosa"', 'what = "A café."']
    if base_url:
        lines += ["[provider]", 'kind = "custom"', 'id = "office"', f'base_url = "{base_url}"']
        lines += ['models = ["practice", "practice-tool"]', *([f'key = "{key}"'] if key else [])]
    for agent, more in chosen.items():
        lines += ["[[agents]]", f'id = "{agent}"', *([more] if more else [])]
    return "\n".join(lines) + "\n"


SIX = ("luna", "customer-support", "sales-assistant", "operations-manager", "hr-admin", "social-media")
