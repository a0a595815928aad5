"""Copying and removing large folders."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.engine.disk import copy_tree, free_bytes, in_thread, remove_tree

if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY = Path("/dev/shm")  # noqa: S108 - the one other disk that every Linux has


def tree(folder: Path) -> Path:
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "file").write_text("content")
    (folder / "deep" / "run").write_text("#!/bin/sh\n")
    (folder / "deep" / "run").chmod(0o755)
    (folder / "deep" / "link").symlink_to("er/file")
    (folder / "folder-link").symlink_to("deep")
    (folder / "__pycache__").mkdir()
    return folder


def test_a_copy_has_everything_but_pythons_caches(tmp_path: Path) -> None:
    source = tree(tmp_path / "source")
    sizes: list[int] = []
    copy_tree(source, tmp_path / "target", lambda: None, sizes.append)
    names = {str(path.relative_to(tmp_path / "target")) for path in (tmp_path / "target").rglob("*")}
    assert names == {"deep", "deep/er", "deep/er/file", "deep/run", "deep/link", "folder-link"}
    assert (tmp_path / "target" / "deep" / "link").readlink() == Path("er/file")
    assert (tmp_path / "target" / "folder-link").is_symlink()
    assert sum(sizes) == len("content") + len("#!/bin/sh\n")


@pytest.mark.skipif(not MEMORY.is_dir(), reason="needs a second disk")
def test_onto_another_disk_files_are_copied_with_their_bits_and_times(tmp_path: Path) -> None:
    source = tree(tmp_path / "source")
    os.utime(source / "deep" / "run", (499162500, 499162500))
    target = MEMORY / f"copy-{os.getpid()}"
    try:
        copy_tree(source, target, lambda: None, lambda _: None)
        stat = (target / "deep" / "run").stat()
        assert (stat.st_mode & 0o777, stat.st_mtime) == (0o755, 499162500)
        assert (target / "deep" / "er" / "file").read_text() == "content"
    finally:
        remove_tree(target)


def test_a_folder_that_is_still_being_filled_is_removed_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "busy"
    folder.mkdir()
    stop = threading.Event()

    def fill() -> None:
        number = 0
        while not stop.is_set() and number < 3000:
            number += 1
            try:
                (folder / "deep").mkdir(exist_ok=True)
                (folder / "deep" / f"{number}").write_text("x")
            except FileNotFoundError:
                continue

    writer = threading.Thread(target=fill)
    writer.start()
    try:
        remove_tree(folder)
    finally:
        stop.set()
        writer.join()
    assert not folder.exists()


def test_removing_what_is_not_there_is_done(tmp_path: Path) -> None:
    remove_tree(tmp_path / "absent")


async def test_cancelled_work_stops_at_its_next_checkpoint_and_is_waited_for() -> None:
    begun, ended = threading.Event(), threading.Event()

    def work(checkpoint: Callable[[], None]) -> None:
        begun.set()
        try:
            while True:
                checkpoint()
        finally:
            ended.set()

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_work_gives_its_result_and_its_error() -> None:
    assert await in_thread(lambda _: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda _: 1 // 0)


def test_there_is_a_number_of_free_bytes(tmp_path: Path) -> None:
    assert 0 < free_bytes(tmp_path) < sys.maxsize
