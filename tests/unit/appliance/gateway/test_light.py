"""One question in a fresh process imports no event loop, no WebSocket library and no pydantic."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("asyncio", "websockets", "pydantic", "httpx", "psutil", "http.client", "email", "nacl")


def loaded_by(code: str) -> set[str]:
    """The heavy modules a fresh interpreter holds after `code`."""
    shown = f"{code}\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", shown], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "endpoint",
        "secret",
        "identity",
        "frames",
        "faults",
        "hello",
        "release",
        "probe",
        "oneshot",
        "calls",
        "chat_parts",
    ],
)
def test_light_modules_stay_light(module: str) -> None:
    assert loaded_by(f"import appliance.gateway.{module}") == set()


def test_the_client_brings_the_event_loop_only() -> None:
    assert loaded_by("import appliance.gateway.client") == {"asyncio"}
