"""Schedules over the wire: which there are, and which model one asks (gateway-ops §3)."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Any

from appliance.gateway.calls import read
from appliance.gateway.results import Result

if TYPE_CHECKING:
    from appliance.gateway.calls import Caller

PAGE = 200
"""The most that `cron.list` gives at once."""
MOST = 5_000
"""Schedules that are looked at; no shop comes near."""


class CronJob(Result):
    """One schedule of `cron.list`."""

    id: str
    name: str = ""
    enabled: bool = True
    agent_id: str = ""
    declaration_key: str = ""
    """Of those OpenClaw made itself; nobody else can change them."""
    config_revision: str | int | None = None
    payload: Mapping[str, Any] = {}

    @property
    def model(self) -> str:
        """The model it asks, `provider/model`; empty when it asks its agent's."""
        model = self.payload.get("model")
        return model if isinstance(model, str) else ""


class CronList(Result):
    """`cron.list`."""

    jobs: tuple[CronJob, ...] = ()
    has_more: bool = False


async def cron_list(caller: Caller) -> tuple[CronJob, ...]:
    """`cron.list`: all schedules, those that are off too."""
    found: list[CronJob] = []
    while len(found) < MOST:
        params = {"includeDisabled": True, "limit": PAGE, "offset": len(found)}
        page = read(CronList, await caller.call("cron.list", params, large=True), "cron.list")
        found += page.jobs
        if not (page.has_more and page.jobs):
            break
    return tuple(found)


async def cron_set_model(caller: Caller, job: CronJob, model: str) -> None:
    """`cron.update`: the schedule asks another model; refused when it was changed since it was listed."""
    patch = {"payload": {"kind": job.payload.get("kind", "agentTurn"), "model": model}}
    params: dict[str, Any] = {"id": job.id, "patch": patch}
    if job.config_revision is not None:
        params["expectedConfigRevision"] = job.config_revision
    await caller.call("cron.update", params)
