"""What readers of service definitions accept: ours, launchd's and systemd's."""

from __future__ import annotations

import datetime
import plistlib
from pathlib import Path

from tests.safety.samples import Samples, packed


def service_states() -> Samples:
    """A service definition, and what a runner says of itself and of its child."""
    from launchd.spec import ServiceSpec

    spec = ServiceSpec("gateway", ("/bin/true",), Path("/"), {"A": "1"}, Path("/tmp/x.log"))  # noqa: S108 - a name only
    process = {"pid": 2**22 + 1, "started": "1@b"}
    report = {
        "runner": process,
        "token": "t",
        "state": "running",
        "since": 1.0,
        "restarts": 0,
        "last_exit": None,
    }
    return (spec.to_json().encode(), *packed({**report, "detail": ""}, process))


def plists() -> Samples:
    """As OpenClaw writes them for launchd and for systemd."""
    argv = ["/usr/bin/node", "/opt/openclaw/dist/index.js", "gateway"]
    more = {"N": 1, "R": 1.5, "D": b"x", "T": datetime.datetime(2026, 1, 1), "E": {"A": "b"}, "B": True}
    unit = b'[Service]\nExecStart=/usr/bin/node "/opt/openclaw/dist/index.js" gateway --port 1\n'
    return (plistlib.dumps({"Label": "x", "ProgramArguments": argv, **more}), unit)
