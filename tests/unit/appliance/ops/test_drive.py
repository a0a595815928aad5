"""Work that blocks on files runs in a thread; work that never began is given up quietly."""

from __future__ import annotations

import asyncio

import pytest

from appliance.ops.drive import settled


async def test_what_is_cancelled_before_its_thread_began_leaves_nothing_behind() -> None:
    begun: list[bool] = []

    async def work() -> None:
        begun.append(True)

    coroutine = work()
    outer = asyncio.ensure_future(settled(coroutine, local=True))
    await asyncio.sleep(0)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await outer
    assert coroutine.cr_frame is None or begun
