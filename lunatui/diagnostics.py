"""The only writer to stderr, and the meaning of exit codes (architecture §7)."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from appliance.errors import (
    ApprovalPending,
    Conflict,
    Invalid,
    LunaError,
    NotFound,
    Refused,
    Unreachable,
    Usage,
)
from appliance.redact import redact
from appliance.text import safe

if TYPE_CHECKING:
    from pathlib import Path

BUG = 70
_CRASH_LOG_BYTES = 1024 * 1024

_EXIT_CODES: tuple[tuple[type[LunaError], int], ...] = (
    (Usage, 2),
    (Refused, 3),
    (Conflict, 4),
    (Unreachable, 5),
    (NotFound, 6),
    (Invalid, 7),
    (ApprovalPending, 8),
)


def exit_code(error: LunaError) -> int:
    """The one exit code of an error."""
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), 1)


def say(text: str) -> None:
    """One line for the person at the terminal."""
    # Where standard error is gone, the exit code is all that is left to say.
    with suppress(OSError):
        print(safe(redact(text)), file=sys.stderr, flush=True)


def report(error: LunaError) -> None:
    """What went wrong and what to do next."""
    say(error.message)
    if error.hint:
        say(f"  → {error.hint}")


def report_bug(log: Path | None) -> None:
    """Admit a bug without a stack trace on the screen."""
    say("This is a bug in lunatui; nothing more was done.")
    if log is not None:
        say(f"  → The details are in {log}.")


def keep_traceback(folder: Path, text: str) -> Path | None:
    """Append a redacted traceback (without locals) to `crash.log`; None when that fails too."""
    from appliance.places import private_dir

    try:
        path = private_dir(folder) / "crash.log"
        full = path.exists() and path.stat().st_size > _CRASH_LOG_BYTES
        flags = (
            os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_TRUNC if full else os.O_APPEND)
        )
        descriptor = os.open(path, flags, 0o600)
        with open(descriptor, "w", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - a descriptor
            file.write(redact(text) + "\n")
    except OSError:
        return None
    return path
