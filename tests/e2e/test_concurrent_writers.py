"""T4, promise 3: writers of ours beside a live Gateway and OpenClaw's own; nobody's edit is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from appliance.store.config import ConfigStore
from appliance.store.names import owner_of
from tests.safety.scale import scale

if TYPE_CHECKING:
    from tests.e2e.conftest import RunningGateway

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(scale(1200, 1200, 20_000))]

WRITERS, EDITS = scale(4, 4, 8), scale(100, 100, 1_000)
PATIENCE_S = scale(600, 600, 18_000)
COMMANDS = 5
"""Edits by `lunatui config set`, each of which waits until the Gateway uses it."""
OWN_WRITES = scale(8, 8, 40)
"""Edits by `openclaw config set`; when the file changed meanwhile it says so and refuses."""

WRITER = """
import contextlib, io, json, os, sys, time

name, edits, by_command = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "command"
holds = []
taken = 0.0


def hook(step):
    global taken
    if step == "2-read":
        taken = time.perf_counter()
    if step == "13-release":
        holds.append(time.perf_counter() - taken)


from appliance.places import Places
from appliance.store.config import ConfigStore
from appliance.store.edits import Edit

for number in range(edits):
    key = f"{name}-{number}"
    if by_command:
        from lunatui.cli import main

        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(["config", "set", f"skills.entries.{key}", '{"enabled": false}', "--json"])
        assert code == 0, said.getvalue()
    else:
        store = ConfigStore(Places.from_environment(os.environ), hook=hook)
        prepared = store.prepare([Edit(("skills", "entries", key), {"enabled": False})])
        store.save(prepared, operation="test", actor="human:test")
print(json.dumps(holds))
"""


def start_writer(gateway: RunningGateway, name: str, edits: int, kind: str) -> subprocess.Popen[str]:
    """One process that makes its edits one by one and prints how long it held the lock each time."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, name, str(edits), kind],
        env=dict(gateway.env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def set_by_openclaw(gateway: RunningGateway, number: int) -> subprocess.CompletedProcess[str]:
    """One edit by OpenClaw's own command line."""
    return gateway.openclaw("config", "set", f"skills.entries.own-{number}.enabled", "false")


def test_nobody_loses_an_edit(gateway: RunningGateway) -> None:
    by_hand = gateway.places.config_path.with_name("written-by-hand")
    by_hand.touch(mode=0o600)
    by_hand.write_text("// kept by hand\n" + gateway.places.config_path.read_text())
    by_hand.replace(gateway.places.config_path)
    writers = [start_writer(gateway, f"w{number}", EDITS, "store") for number in range(WRITERS)]
    writers.append(start_writer(gateway, "cli", COMMANDS, "command"))
    try:
        own = [set_by_openclaw(gateway, number) for number in range(OWN_WRITES)]
        answers = [writer.communicate(timeout=PATIENCE_S) for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
    assert [writer.returncode for writer in writers] == [0] * len(writers), [errors for _, errors in answers]
    own.append(set_by_openclaw(gateway, OWN_WRITES))
    assert own[-1].returncode == 0, "nobody is in its way any more"
    refused = [done for done in own if done.returncode]
    assert all("nothing was changed" in done.stderr for done in refused), [done.stderr for done in refused]
    print(f"figure writers: {WRITERS} of ours, {EDITS} edits each, {COMMANDS} by the command line, 0 lost")
    print(f"figure openclaw config set: {len(own) - len(refused)} written, {len(refused)} refused")

    store = ConfigStore(gateway.places, env={})
    entries = store.read().document.get(("skills", "entries"))
    assert isinstance(entries, dict)
    wanted = {f"w{writer}-{number}" for writer in range(WRITERS) for number in range(EDITS)}
    wanted |= {f"own-{number}" for number, done in enumerate(own) if done.returncode == 0}
    wanted |= {f"cli-{n}" for n in range(COMMANDS)}
    assert wanted - set(entries) == set()
    assert [path.name for path in gateway.places.state_dir.iterdir() if owner_of(path.name)] == []
    assert store.lock_state().kind == "free"
    assert len(store.backups.list()) == 5

    holds = sorted(hold for output, _ in answers for hold in json.loads(output))
    assert holds
    median, p99 = holds[len(holds) // 2], holds[len(holds) * 99 // 100]
    print(f"figure lock held: median {median * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms")

    verdict = json.loads(gateway.openclaw("config", "validate", "--json").stdout)
    assert verdict["valid"] is True
    assert ready(gateway)


def ready(gateway: RunningGateway) -> bool:
    """The Gateway answers, once it has taken the last change in."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{gateway.port}/ready", timeout=5) as answer:
                if answer.status == 200:
                    return True
        except OSError:
            time.sleep(0.2)
    return False
