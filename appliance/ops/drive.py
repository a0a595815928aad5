"""Running work that blocks on files: at once where there is no event loop, in a thread where there is one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits for an event loop to its end."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("an operation marked local waited for an event loop")


async def settled(work: Coroutine[Any, Any, T], *, local: bool) -> T:
    """Await `work`; local work runs in a thread when a loop is running, so that the loop stays free.

    A cancellation while it runs takes effect after it: half of a save is never an outcome.
    """
    if not local or not _loop_is_running():
        return await work
    import asyncio

    task = asyncio.ensure_future(asyncio.to_thread(drive, work))
    task.add_done_callback(lambda _task: _given_up(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        current = asyncio.current_task()
        if current is not None:
            current.cancel()
        return task.result()


def _given_up(work: Coroutine[Any, Any, Any]) -> None:
    """Close what was cancelled before its thread had begun, as when the loop ends under it."""
    from inspect import CORO_CREATED, getcoroutinestate

    if getcoroutinestate(work) == CORO_CREATED:
        work.close()


def _loop_is_running() -> bool:
    """Without importing asyncio: what never imported it runs no loop."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
