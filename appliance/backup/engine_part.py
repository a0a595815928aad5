"""OpenClaw's part of an archive: what its own `backup create` packed, taken over entry by entry.

Its archive is a tar.gz with `<root>/manifest.json` and `<root>/payload/posix/<absolute path>` (2026.9.6);
databases in it are snapshots OpenClaw made itself, so no database of OpenClaw is ever opened by us.
"""

from __future__ import annotations

import json
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from appliance.backup.models import LeftOut, Root
from appliance.backup.tape import name_problem
from appliance.errors import LunaError
from appliance.values import dataclass

_KINDS = ("state", "config", "credentials", "workspace", "agent")


@dataclass(frozen=True)
class EnginePart:
    """What OpenClaw says it packed."""

    archive: Path
    roots: tuple[Root, ...]
    prefixes: tuple[str, ...]
    """Of each root, the name its files begin with in OpenClaw's archive."""
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class Member:
    """One entry of OpenClaw's archive, under its name in ours."""

    name: str
    is_folder: bool
    size: int
    executable: bool
    pieces: Iterator[bytes]


def engine_part(report: str) -> EnginePart:
    """Read what `openclaw backup create --json` printed.

    Raises:
        LunaError: `engine-backup`, it cannot be understood.
    """
    from pathlib import Path

    try:
        found: dict[str, Any] = json.loads(report)
        roots, prefixes = [], []
        for number, asset in enumerate(found["assets"], 1):
            kind = str(asset["kind"])
            name = kind if kind == "state" else f"{kind if kind in _KINDS else 'part'}-{number}"
            roots.append(Root(name, kind, str(asset["sourcePath"])))
            prefixes.append(str(asset["archivePath"]))
        skipped = tuple(
            LeftOut(str(item["sourcePath"]), str(item["reason"]))
            for item in found.get("skipped", ())
            if item.get("reason") != "covered"
        )
        return EnginePart(Path(found["archivePath"]), tuple(roots), tuple(prefixes), skipped)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LunaError(
            "OpenClaw's own backup said something that lunatui does not understand.",
            hint="lunatui engine status shows whether this release is supported.",
            code="engine-backup",
        ) from error


def members(part: EnginePart, left_out: list[LeftOut]) -> Iterator[Member]:
    """Every file and folder; links and what else cannot be kept are noted in `left_out`.

    Raises:
        LunaError: `engine-backup`, the archive of OpenClaw is damaged.
    """
    with _readable(), tarfile.open(part.archive, "r|gz") as tape:
        for info in tape:
            placed = _placed(part, info.name.removesuffix("/"))
            if placed is None:
                continue  # OpenClaw's own manifest: ours says the same
            name, source = placed
            if not (info.isreg() or info.isdir()):
                left_out.append(LeftOut(source, "link" if info.issym() or info.islnk() else "special"))
            elif name_problem(name):
                left_out.append(LeftOut(source, "name"))
            else:
                yield Member(name, info.isdir(), info.size, bool(info.mode & 0o100), _pieces(tape, info))


def _placed(part: EnginePart, member: str) -> tuple[str, str] | None:
    for root, prefix in zip(part.roots, part.prefixes, strict=True):
        if member == prefix or member.startswith(f"{prefix}/"):
            rest = member[len(prefix) :]
            return root.name + rest, root.path + rest
    return None


def _pieces(tape: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    file = tape.extractfile(info)
    while file is not None and (piece := file.read(1 << 20)):
        yield piece


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise LunaError(
            f"OpenClaw's own backup cannot be read ({type(error).__name__}).",
            hint="Check the disk and try again.",
            code="engine-backup",
        ) from error
