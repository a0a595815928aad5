"""What a cheap verb pays for looking at providers."""

from __future__ import annotations

import subprocess
import sys


def test_listing_and_planning_load_no_heavy_library() -> None:
    modules = "keys, address, catalog, config, listing, probe"
    code = f"import sys; from appliance.providers import {modules}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    heavy = {"pydantic", "httpx", "websockets", "psutil", "jsonschema_rs", "nacl", "anyio"}
    assert not set(done.stdout.split()) & heavy
