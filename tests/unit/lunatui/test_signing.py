"""The end of the record is signed while the screens are open and when they close."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from appliance.audit.checkpoints import CHECKPOINTS, kept
from lunatui.signing import signed_ends
from tests.fakes import box as fake

if TYPE_CHECKING:
    from pathlib import Path


def note(box: fake.Appliance) -> None:
    box.audit.append({"phase": "note", "via": "tui", "op": "notes.write"})


async def test_by_the_clock_and_at_the_end(tmp_path: Path) -> None:
    box = fake.make_box(tmp_path)

    def signed() -> list[int]:
        return [head.seq for head in kept(box.audit.folder / CHECKPOINTS).heads]

    async with signed_ends(box, every=0.001):
        note(box)
        async with asyncio.timeout(30):
            while signed() != [1]:  # noqa: ASYNC110 - a file says nothing
                await asyncio.sleep(0.001)
    note(box)
    async with signed_ends(box):
        note(box)
    assert signed() == [1, 3]


async def test_not_where_nothing_may_be_written_and_never_in_the_way(tmp_path: Path) -> None:
    box = fake.make_box(tmp_path, read_only=True)
    note(box)
    async with signed_ends(box):
        pass
    assert kept(box.audit.folder / CHECKPOINTS).heads == ()
    box = fake.make_box(tmp_path)
    (box.audit.folder / "append.lock").unlink()
    (box.audit.folder / "append.lock").mkdir()
    async with signed_ends(box):
        pass
    assert kept(box.audit.folder / CHECKPOINTS).heads == ()
