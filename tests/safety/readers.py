"""The list of everything that turns bytes from outside into something typed.

Each reader comes with samples that it accepts. It may answer, or raise what it documents; anything else is a
finding.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from appliance.errors import LunaError
from appliance.gateway.transport import TransportClosed
from appliance.places import Places
from launchd.errors import ServiceError

DOCUMENTED = (LunaError, ServiceError, TransportClosed)
"""What a reader may raise whatever it is given."""
Read = Callable[[bytes, Path], object]
"""Gets bytes, and an empty folder to work in."""


@dataclass(frozen=True)
class Reader:
    """One of them."""

    name: str
    read: Read
    accepted: Callable[[], tuple[bytes, ...]]
    """Samples that are read without a complaint."""
    syntax: str = "json"
    """`json`, `toml` or `bytes`: how samples are taken apart."""


READERS: dict[str, Reader] = {}


def reader(
    name: str, accepted: Callable[[], tuple[bytes, ...]], syntax: str = "json"
) -> Callable[[Read], Read]:
    """Put a function on the list."""

    def listed(read: Read) -> Read:
        READERS[name] = Reader(name, read, cache(accepted), syntax)
        return read

    return listed


def put(path: Path, data: bytes) -> Path:
    """`data` as a private file in place of whatever stood there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return path


def places(folder: Path) -> Places:
    """Places below `folder`."""
    found = Places.from_environment({"HOME": str(folder), "LUNATUI_HOME": str(folder / "ours")})
    found.state_dir.mkdir(mode=0o700, exist_ok=True)
    return found
