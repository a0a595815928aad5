"""What is said of a failing call leads to what would really help."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from appliance.store.disk import Disk
from appliance.store.faults import translated

if TYPE_CHECKING:
    from pathlib import Path


def said(number: int, path: Path) -> str:
    error = translated(OSError(number, os.strerror(number)), path, Disk())
    assert error.code == "read-only"
    return f"{error.message} {error.hint}"


def test_no_right_helps_on_a_disk_that_is_mounted_for_reading_only(tmp_path: Path) -> None:
    words = said(errno.EROFS, tmp_path / "openclaw.json")
    assert "chmod" not in words
    assert f"df {tmp_path}" in words


def test_a_missing_right_is_named_with_what_gives_it(tmp_path: Path) -> None:
    words = said(errno.EACCES, tmp_path / "openclaw.json")
    assert f"chmod u+rwX {tmp_path}" in words
    assert f"belongs to user {os.getuid()}" in words
