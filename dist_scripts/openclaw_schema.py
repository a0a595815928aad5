"""Regenerates appliance/store/data/schema from a real OpenClaw: `openclaw_schema.py NODE OPENCLAW_MJS`.

The schema is what `openclaw config schema` prints; which settings are secrets only a running Gateway tells
(`config.schema` → `uiHints`), so one is started in a throw-away home and stopped again.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from appliance.store.schema import SHIPPED, write_folder  # noqa: E402 - the path comes first

READY_WITHIN = 120.0
"""Seconds."""


def main() -> int:
    """Write the folder anew; prints what it holds."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="openclaw-schema-") as home:
        schema, hints, release = read_schema(sys.argv[1:], Path(home))
    sensitive = [path for path, hint in hints.items() if hint.get("sensitive")]
    shutil.rmtree(SHIPPED, ignore_errors=True)
    SHIPPED.mkdir(parents=True)
    write_folder(schema, release, SHIPPED, sensitive)
    for path in SHIPPED.iterdir():
        path.chmod(0o644)
    print(f"{release}: {len(schema['properties'])} sections, {len(sensitive)} sensitive settings")
    return 0


def read_schema(openclaw: list[str], home: Path) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The schema, the hints and the release."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    gateway = {
        "mode": "local",
        "port": port,
        "bind": "loopback",
        "auth": {"mode": "token", "token": secrets.token_hex(16)},
    }
    config = home / ".openclaw" / "openclaw.json"
    config.parent.mkdir(mode=0o700)
    config.touch(mode=0o600)
    config.write_text(json.dumps({"gateway": gateway}))
    env = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "OPENCLAW_DISABLE_BONJOUR": "1",
        "OPENCLAW_NO_RESPAWN": "1",
    }
    schema = json.loads(run(openclaw, env, "config", "schema"))
    running = subprocess.Popen(  # noqa: S603 - the program named by whoever runs this
        [*openclaw, "gateway", "run"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until_ready(port)
        answer = json.loads(run(openclaw, env, "gateway", "call", "config.schema", "--json"))
    finally:
        running.terminate()
        running.wait(30)
    return schema, answer["uiHints"], answer["version"]


def run(openclaw: list[str], env: dict[str, str], *arguments: str) -> str:
    """What one call prints."""
    done = subprocess.run(  # noqa: S603 - the program named by whoever runs this
        [*openclaw, *arguments], env=env, capture_output=True, text=True, timeout=180, check=True
    )
    return done.stdout


def wait_until_ready(port: int) -> None:
    """Until the Gateway says so."""
    deadline = time.monotonic() + READY_WITHIN
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"the Gateway was not ready within {READY_WITHIN:.0f} s")
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
