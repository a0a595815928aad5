"""The engine around a restore: only ours is stopped, and it runs again afterwards when it ran before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Conflict, LunaError
from appliance.ops.core import Call, Event, Nothing

if TYPE_CHECKING:
    from appliance.api import Appliance


async def refuse_foreign(box: Appliance) -> None:
    """Raise `Conflict` (`gateway-not-ours`) when a Gateway runs that somebody else started."""
    from appliance.engine.running import observe

    running = await observe(box.supervisor, box.endpoint(), box.identity)
    if running.facts[0].ok and not running.supervised:
        raise Conflict(
            f"A Gateway (pid {running.pid}) runs that lunatui did not start, so nothing is put in its place.",
            hint="Stop it where it was started: openclaw gateway stop",
            code="gateway-not-ours",
        )


async def stopped(box: Appliance, call: Call) -> bool:
    """Stop our Gateway; returns whether one ran."""
    from appliance.ops.gateway import STOP

    status = await box.supervisor.status()
    if status.state not in ("starting", "running", "throttled"):
        return False
    call.emit(Event("progress", "Stopping the engine"))
    if STOP.prepare is None:
        raise TypeError("gateway.stop prepares")
    await (await STOP.prepare(box, Nothing(), call)).commit()
    return True


async def started(box: Appliance, call: Call) -> tuple[bool, str]:
    """Start it again; what prevents that is part of the result, since the restore itself is done."""
    from appliance.ops.gateway import START, StartGateway

    call.emit(Event("progress", "Starting the engine"))
    if START.prepare is None:
        raise TypeError("gateway.start prepares")
    try:
        await (await START.prepare(box, StartGateway(), call)).commit()
    except LunaError as error:
        return False, error.message
    return True, ""
