"""Where the product's source asks a disk to confirm something."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.safety.powercut.recorder import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AREAS = ("places.py", "store", "audit", "history", "vault")
"""Below `appliance`: what must not lose anything."""
SYNCS = {"fsync", "fdatasync", "confirm", "sync_folder"}
ELSEWHERE = {"audit": "export.py"}
"""Writes what somebody asked to have, where he asked for it; nothing of ours depends on it."""


def sync_lines() -> Iterator[str]:
    """`store/save.py:215` for each line that syncs, in the areas that must not lose anything."""
    for area in AREAS:
        place = ROOT / "appliance" / area
        files = {place} if place.is_file() else set(place.rglob("*.py"))
        for path in sorted(files - {place / ELSEWHERE.get(area, "")}):
            for line in _lines(path):
                yield f"{path.relative_to(ROOT / 'appliance')}:{line}"


def _lines(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in SYNCS:
                yield node.lineno
