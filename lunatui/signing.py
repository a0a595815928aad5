"""While the screens are open the end of the record is signed by the clock, and once more when they close."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from appliance.errors import LunaError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from appliance.api import Appliance

SIGN_S = 600.0


@asynccontextmanager
async def signed_ends(box: Appliance, every: float = SIGN_S) -> AsyncIterator[None]:
    """Sign what was appended, every so many seconds and at the end; not where nothing may be written."""
    clock = asyncio.create_task(_by_the_clock(box, every))
    try:
        yield
    finally:
        clock.cancel()
        await _sign(box)


async def _by_the_clock(box: Appliance, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await _sign(box)


async def _sign(box: Appliance) -> None:
    """A head that cannot be signed now is signed later: a check tells how far the last one reaches."""
    if not box.read_only:
        with suppress(LunaError):
            await asyncio.to_thread(box.audit.sign_end)
