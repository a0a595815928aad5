"""`secrets scan`: keys that lie about in clear, and files that others on the box can reach."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from appliance.ops.core import Call, Nothing, Operation, Risk, Verdict
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.hygiene.models import Located

_ORDER = ("certain", "likely", "possible")


@dataclass(frozen=True)
class StrayKey:
    """One key in clear at one place; its value is told to nobody."""

    path: str
    """The file."""
    place: str
    """Whose file it is: `config`, `include`, `engine-copy`, `our-copy`, `variables`, `service`, `engine-old`,
    `engine-log`, `our-file` or `our-log`."""
    where: str
    """In the file: a setting, the name of a variable, or `line 12`."""
    kind: str
    """What it belongs to: `model`, `slack`, `telegram`, `code`, `cloud`, `payment`, …; `named` when only the
    name beside it says that it is a key."""
    fingerprint: str
    """The same for the same key, on this box only."""
    sure: str
    """`certain`, `likely` or `possible`."""
    movable: bool
    """Whether `secrets move` can put it into safety."""


@dataclass(frozen=True)
class OpenFile:
    """A file or folder that others on the box can reach."""

    path: str
    mode: str
    wanted: str


@dataclass(frozen=True)
class Scan:
    """What one search found."""

    keys: tuple[StrayKey, ...]
    """The surest first."""
    open_files: tuple[OpenFile, ...]
    expected: tuple[StrayKey, ...]
    """The Gateway's own key, which its clients read from openclaw.json: known, and no finding."""
    files: int
    """How many were looked into."""
    left_out: tuple[str, ...]
    """What was not looked into, and why."""
    at: str
    """UTC, ISO 8601."""


async def scan(box: Appliance, _params: Nothing, _call: Call) -> Scan:
    """Look into the settings, their copies, variables, services, logs and our own files."""
    return scan_now(box)


def scan_now(box: Appliance) -> Scan:
    """The same for those who are in a thread already."""
    from appliance.hygiene.modes import wide_modes
    from appliance.hygiene.search import is_expected, search

    seen = search(box.places, box.env, box.config)
    key = passing_key(box) if box.read_only else box.fingerprint_key()
    rows = [(_row(item, key), is_expected(item.target, item.spot)) for item in seen.located]
    rows.sort(key=lambda pair: _ORDER.index(pair[0].sure))
    wide = [
        OpenFile(str(i.path), f"{i.mode:04o}", f"{i.wanted:04o}") for i in wide_modes(box.places, deep=True)
    ]
    return Scan(
        keys=tuple(row for row, known in rows if not known),
        open_files=tuple(wide),
        expected=tuple(row for row, known in rows if known),
        files=seen.files,
        left_out=seen.left_out,
        at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )


def passing_key(box: Appliance) -> bytes:
    """The box's own key for fingerprints; where there is none, one for this look: nothing is made."""
    return box.fingerprint_key() if (box.places.home / "fingerprint.key").exists() else os.urandom(32)


def _row(item: Located, key: bytes) -> StrayKey:
    from appliance.hygiene.search import is_expected

    spot, target = item.spot, item.target
    return StrayKey(
        path=str(target.path),
        place=target.place,
        where=spot.where,
        kind=spot.kind,
        fingerprint=spot.value.fingerprint(key),
        sure=spot.sure,
        movable=target.place == "config" and bool(spot.setting) and not is_expected(target, spot),
    )


def _verdict(found: Scan) -> Verdict:
    return Verdict.FINDINGS if found.keys or found.open_files else Verdict.DONE


SCAN = Operation(
    "secrets.scan",
    "Look for keys that lie about in clear, and for files that others can read",
    Risk.READ,
    Nothing,
    Scan,
    run=scan,
    local=True,
    verdict=_verdict,
)

OPERATIONS = (SCAN,)
