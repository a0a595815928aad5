"""After a wrong passphrase the next try waits: 1, 2, 4 and so on up to 60 seconds, also across restarts."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.parsing import json_value, small_file
from appliance.places import write_private
from appliance.vault.faults import TooSoon, WrongKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LONGEST_S = 60


def delay(failures: int) -> int:
    """Seconds to wait after so many wrong ones in a row."""
    return min(LONGEST_S, 1 << min(failures - 1, 6)) if failures > 0 else 0


def require(path: Path, now: float) -> None:
    """Raise `TooSoon` while the wait is not over; its fact `seconds` says how long it still is."""
    failures, at = _read(path)
    wait = delay(failures)
    if at > now:  # the clock was put back: the wait begins anew instead of lasting for years
        _write(path, failures, now)
        at = now
    left = at + wait - now
    if left > 0:
        raise TooSoon(
            f"The next try is possible in {left:.0f} s.",
            hint="A mistyped passphrase costs a little time, so that guessing costs a lot.",
            facts={"seconds": f"{left:.0f}"},
        )


@contextmanager
def asked(path: Path, clock: Callable[[], float], *, typed: bool) -> Iterator[None]:
    """Around an attempt to open: where something was typed, it has to wait its turn, and a wrong one counts.

    Raises:
        TooSoon: before the attempt. WrongKey: from it, with the fact `seconds` until the next.
    """
    if not typed:
        yield
        return
    require(path, clock())
    try:
        yield
    except WrongKey as wrong:
        wrong.facts = {"seconds": str(note_wrong(path, clock()))}
        raise
    forget(path)


def note_wrong(path: Path, now: float) -> int:
    """Count a wrong passphrase; returns the seconds until the next try."""
    failures = _read(path)[0] + 1
    _write(path, failures, now)
    return delay(failures)


def forget(path: Path) -> None:
    """The right one was given."""
    path.unlink(missing_ok=True)


def _read(path: Path) -> tuple[int, float]:
    try:
        row = json_value(small_file(path))
        return int(row["failures"]), float(row["at"])
    except FileNotFoundError:
        return 0, 0.0
    except (ValueError, KeyError, TypeError, OverflowError):
        return 1, 0.0


def _write(path: Path, failures: int, at: float) -> None:
    write_private(path, json.dumps({"failures": failures, "at": at}).encode())
