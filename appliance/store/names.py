"""Names of our own short-lived files beside OpenClaw's; only these exact patterns are ever swept."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_OURS = re.compile(r"\.(?P<name>.+)\.lunatui\.(?P<pid>[1-9][0-9]*)\.[0-9a-f]{12}")


def temporary_beside(path: Path) -> Path:
    """A fresh name in the folder of `path`: `.openclaw.json.lunatui.<pid>.<random>`."""
    return path.with_name(f".{path.name}.lunatui.{os.getpid()}.{os.urandom(6).hex()}")


def owner_of(name: str) -> int | None:
    """The process that made a file of this name, when it is one of ours."""
    found = _OURS.fullmatch(name)
    return int(found["pid"]) if found else None
