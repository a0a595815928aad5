"""OpenClaw releases: the one we install, how well we support the others, which Node they ask for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

PINNED = "2026.9.6"
"""The release we install."""

FULL_SUPPORT_FROM = (2026, 8, 2)
"""First release with everything we show (compatibility.md §10)."""
FEWER_SCREENS_FROM = (2026, 6, 0)
LOOK_AND_UPDATE_FROM = (2026, 2, 26)

Support = Literal["full", "fewer-screens", "look-and-update", "too-old", "unknown"]

DATA = Path(__file__).parent / "data"

_CLAUSE = re.compile(r"(>=|<=|>|<|=|\^|~)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?")


def lock_folder(version: str = PINNED) -> Path:
    """The folder with our `package.json` and `package-lock.json` for this release."""
    return DATA / f"openclaw-{version}"


def version_numbers(version: str) -> tuple[int, ...]:
    """`2026.9.6` or `2026.9.6-beta.1` as numbers to compare; empty when it is not a version."""
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    return tuple(int(part) for part in found.groups()) if found else ()


def support(version: str) -> Support:
    """How much of us works with this release."""
    numbers = version_numbers(version)
    if not numbers:
        return "unknown"
    if numbers >= FULL_SUPPORT_FROM:
        return "full"
    if numbers >= FEWER_SCREENS_FROM:
        return "fewer-screens"
    return "look-and-update" if numbers >= LOOK_AND_UPDATE_FROM else "too-old"


def node_suits(node_version: str, wanted: str) -> bool:
    """Whether this Node satisfies an `engines.node` range such as `>=24.16.0 <25 || >=26.1.0`.

    A range we cannot read is taken as satisfied: the release itself checks again when it starts.
    """
    numbers = version_numbers(node_version)
    if not numbers:
        return False
    alternatives = [part.strip() for part in wanted.split("||")]
    return any(_suits(numbers, alternative) for alternative in alternatives)


def _suits(numbers: tuple[int, ...], alternative: str) -> bool:
    return all(_holds(numbers, clause) for clause in _CLAUSE.findall(alternative))


def _holds(numbers: tuple[int, ...], clause: tuple[str, str, str, str]) -> bool:
    sign, *parts = clause
    given = tuple(int(part) for part in parts if part)
    bound = (*given, 0, 0, 0)[:3]
    match sign:
        case ">=":
            return numbers >= bound
        case ">":
            return numbers > bound and numbers[: len(given)] != given
        case "<":
            return numbers < bound
        case "<=":
            return numbers <= bound or numbers[: len(given)] == given
        case "^":
            return numbers >= bound and numbers[0] == bound[0]
        case "~":
            return numbers >= bound and numbers[:2] == bound[:2]
        case _:
            return numbers[: len(given)] == given
