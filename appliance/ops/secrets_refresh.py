"""Who uses a secret of ours, and having OpenClaw ask for it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError

if TYPE_CHECKING:
    from appliance.api import Appliance

NOT_USED = "not used by OpenClaw"
IN_USE = "in use"
LATER = "used from the next start of the Gateway"


def users_of(box: Appliance) -> dict[str, tuple[str, ...]]:
    """Name of a secret to the settings that refer to it through our shim."""
    from appliance.vault import references, shim

    value = resolved_config(box)
    return references.referred(value, references.aliases(value, shim.path_of(box.places)))


def resolved_config(box: Appliance) -> dict[str, Any]:
    """The configuration with every `$include` followed."""
    from appliance.store.includes import Includes, uses_includes

    now = box.config.read()
    value: Any = now.value
    if uses_includes(value):
        value = Includes(now.real_path.parent, box.config.disk).resolve(value)
    return value if isinstance(value, dict) else {}


async def refreshed(box: Appliance, name: str) -> str:
    """Have a running Gateway that uses this one ask anew; what became of that, in words."""
    if not users_of(box).get(name):
        return NOT_USED
    return await reload(box)


async def answers(box: Appliance) -> bool:
    """Whether a Gateway runs and is ready."""
    import asyncio

    from appliance.gateway.probe import probe

    return (await asyncio.to_thread(probe, box.endpoint())).ready


async def reload(box: Appliance) -> str:
    """Have a running Gateway resolve all its secrets anew; what became of that, in words."""
    from appliance.gateway.calls import secrets_reload

    if not await answers(box):
        return LATER
    try:
        async with box.gateway() as client:
            answer = await secrets_reload(client)
    except LunaError as error:
        return f"not yet in use: {error.message}"
    if answer.warning_count:
        return f"in use; OpenClaw has {answer.warning_count} warnings about secrets: openclaw secrets audit"
    return IN_USE
