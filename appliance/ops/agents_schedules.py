"""The schedules of an agent that goes or comes back: OpenClaw keeps them, so the Gateway is asked.

`cron.list`, `cron.update` (gateway-ops §3); system-owned jobs (with a `declarationKey`) follow the roster by
themselves and refuse an edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError, Note
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.api import Appliance
    from appliance.gateway.oneshot import OneShot

_MOST = 200
"""A page of `cron.list`."""


@dataclass(frozen=True)
class Schedule:
    """One job of an agent."""

    id: str
    name: str
    on: bool


@dataclass(frozen=True)
class Moving:
    """What becomes of the schedules of an agent that goes."""

    agent: str
    heir: str
    """Who gets them; empty: they are paused."""
    schedules: tuple[Schedule, ...]
    seen: bool = True
    """False: the Gateway is down, so nobody knows whether there are any."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is said of it before."""
        if not self.seen:
            said = f"The Gateway is not running, so schedules set for “{self.agent}” stay as they are."
            return (Note("schedules-unseen", said),)
        if not self.schedules:
            return ()
        names = ", ".join(schedule.name for schedule in self.schedules)
        if self.heir:
            return (Note("schedules-move", f"“{self.heir}” gets its schedules: {names}.", names=names),)
        return (Note("schedules-pause", f"Its schedules are paused: {names}.", names=names),)

    def begin(self, box: Appliance) -> None:
        """Give them to the heir or pause them; where one cannot be, all are as before.

        Raises:
            GatewayError: the Gateway refused, or went away.
        """
        if not self.schedules:
            return
        change: dict[str, Any] = {"agentId": self.heir} if self.heir else {"enabled": False}
        done: list[Schedule] = []
        with _asked(box) as caller:
            try:
                for schedule in self.schedules:
                    _update(caller, schedule.id, change)
                    done.append(schedule)
            except LunaError:
                for schedule in done:
                    _update(caller, schedule.id, self._back(schedule))
                raise

    def give_back(self, box: Appliance, because: LunaError) -> None:
        """All as before, since what they were moved for failed: `because`, which is told what fails now."""
        if not self.schedules:
            return
        try:
            with _asked(box) as caller:
                for schedule in self.schedules:
                    _update(caller, schedule.id, self._back(schedule))
        except LunaError as error:
            because.add_note(f"The schedules could not be given back: {error.message}")

    def _back(self, schedule: Schedule) -> dict[str, Any]:
        return {"agentId": self.agent} if self.heir else {"enabled": schedule.on}


def moving(box: Appliance, agent: str, heir: str) -> Moving:
    """What would become of the agent's schedules; asks the Gateway when it is up."""
    from appliance.ops.in_use import listening

    if not listening(box):
        return Moving(agent, heir, (), seen=False)
    try:
        with _asked(box) as caller:
            answer = caller.ask("cron.list", {"enabled": "all", "agentId": agent, "limit": _MOST}, large=True)
    except LunaError:  # it cannot be asked: as good as not running, and said so
        return Moving(agent, heir, (), seen=False)
    found = tuple(schedule for schedule in _read(answer, agent) if heir or schedule.on)
    return Moving(agent, heir, found)


def bring_back(box: Appliance, agent: str, schedules: Sequence[str], heir: str) -> tuple[str, ...]:
    """Give schedules back to an agent that is there again; what could not be done, in sentences.

    `heir`: who had them meanwhile; empty: they were paused.
    """
    if not schedules:
        return ()
    change: dict[str, Any] = {"agentId": agent} if heir else {"enabled": True}
    missing = []
    try:
        with _asked(box) as caller:
            for schedule in schedules:
                try:
                    _update(caller, schedule, change)
                except LunaError:
                    missing.append(schedule)
    except LunaError:
        missing = list(schedules)
    if not missing:
        return ()
    told = f"{len(missing)} schedule(s) of “{agent}” could not be given back: {', '.join(missing)}."
    return (Note("schedules-not-back", told, count=str(len(missing))),)


def _asked(box: Appliance) -> OneShot:
    from appliance.gateway.oneshot import OneShot
    from appliance.ops.in_use import OPEN_S

    return OneShot(box.endpoint(), identity=box.identity(), reread=box.endpoint, open_seconds=OPEN_S)


def _update(caller: OneShot, schedule: str, change: dict[str, Any]) -> None:
    caller.ask("cron.update", {"id": schedule, "patch": change}, large=True)


def _read(answer: Any, agent: str) -> list[Schedule]:
    """The agent's own jobs of an answer of `cron.list`.

    Raises:
        GatewayError: `gateway-answer`.
    """
    jobs = answer.get("jobs") if isinstance(answer, dict) else None
    if not isinstance(jobs, list) or not all(isinstance(job, dict) and "id" in job for job in jobs):
        from appliance.gateway.calls import unknown_form

        raise unknown_form("cron.list", "jobs")
    return [
        Schedule(str(job["id"]), str(job.get("name", "")), job.get("enabled") is not False)
        for job in jobs
        if job.get("agentId") == agent and not job.get("declarationKey")
    ]
