"""What the running Gateway says of itself and of the day: four short questions on one connection.

Measured on 2026.9.6: 10 to 45 ms each. `usage.cost` and `sessions.usage` are left out: they took 1 to
2.5 s, told zero while their caches were filled, and OpenClaw asks clients not to poll them (its docs,
gateway/clients).

The rows are read by hand: pydantic takes longer to load than all four questions together.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError, Unreachable
from appliance.gateway.calls import unknown_form
from appliance.gateway.oneshot import OneShot, run
from appliance.gateway.told import is_whole
from appliance.health.evidence import Answer
from appliance.health.models import Today

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from appliance.gateway.endpoint import Endpoint
    from appliance.gateway.identity import Identity

OPEN_S = 4.0
CALL_S = 4.0
ROWS = 200
MINUTE = 60
_NO_PERSON = frozenset({"cron", "heartbeat", "subagent", "system", "hook"})


def ask(endpoint: Endpoint, identity: Identity, reread: Callable[[], Endpoint], now: float) -> Answer:
    """Connect and ask; what one question does not tell is left out and noted. Blocks up to about 20 s."""
    caller = OneShot(endpoint, identity=identity, reread=reread, open_seconds=OPEN_S)
    try:
        version = caller.connect().version
    except LunaError as error:
        return Answer(problem=error)
    notes: list[str] = []

    def told(question: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
        try:
            return run(question)
        except LunaError as error:
            notes.append(error.message)
            return {}

    midnight = time.mktime((*time.localtime(now)[:3], 0, 0, 0, 0, 0, -1))
    try:
        known = (
            told(_talks(caller, midnight, now)) | told(_schedules(caller, midnight)) | told(_waiting(caller))
        )
    finally:
        caller.close()
    day = time.strftime("%Y-%m-%d", time.localtime(now))
    return Answer(version, Today(day, **known), notes=tuple(notes))


async def _talks(caller: OneShot, midnight: float, now: float) -> dict[str, Any]:
    """Conversations of today; unknown when there are more than one answer holds."""
    minutes = int(now - midnight) // MINUTE + 1
    asked = {"activeMinutes": minutes, "limit": ROWS}
    payload = await caller.call("sessions.list", asked, timeout=CALL_S, large=True)
    if isinstance(payload, dict) and payload.get("hasMore") is True:
        return {}
    rows = _rows(payload, "sessions", "sessions.list")
    talks = [row for row in rows if _is_talk(row, midnight)]
    spoken: dict[str, float] = {}
    for row in talks:
        agent = _agent_of(row)
        spoken[agent] = max(spoken.get(agent, 0.0), _number(row, "lastInteractionAt") / 1000)
    answering = {_agent_of(row) for row in talks if row.get("hasActiveRun") is True}
    newest = {_agent_of(row): row for row in sorted(talks, key=lambda row: _number(row, "lastInteractionAt"))}
    failed = {agent for agent, row in newest.items() if row.get("status") == "failed"} - answering
    return {
        "conversations": len(talks),
        "spoken": spoken,
        "answering": tuple(sorted(answering)),
        "failed": tuple(sorted(failed)),
    }


def _agent_of(row: Mapping[str, Any]) -> str:
    """Whose conversation it is; a key begins `agent:<id>:`."""
    if isinstance(named := row.get("agentId"), str):
        return named
    return str(row.get("key", "")).removeprefix("agent:").partition(":")[0]


def _is_talk(row: Mapping[str, Any], midnight: float) -> bool:
    if row.get("isBackground") is True or row.get("createdVia") in ("cron", "spawn"):
        return False
    return (
        str(row.get("classification")) not in _NO_PERSON
        and _number(row, "lastInteractionAt") >= midnight * 1000
    )


async def _schedules(caller: OneShot, midnight: float) -> dict[str, Any]:
    payload = await caller.call("cron.list", {"limit": ROWS}, timeout=CALL_S, large=True)
    jobs = _rows(payload, "jobs", "cron.list")
    # A declaration key stands on OpenClaw's own schedules (heartbeat, memory), which nobody here made.
    ours = [job for job in jobs if job.get("enabled") is not False and not job.get("declarationKey")]
    due = [_number(job, "nextRunAtMs") / 1000 for job in ours if _number(job, "nextRunAtMs")]
    return {
        "schedules_on": len(ours),
        "schedules_failed": sum(1 for job in ours if _failed_today(job.get("state"), midnight)),
        "next_schedule": min(due, default=None),
    }


def _failed_today(state: object, midnight: float) -> bool:
    if not isinstance(state, dict):
        return False
    status = state.get("lastRunStatus") or state.get("lastStatus")
    return status == "error" and _number(state, "lastRunAtMs") >= midnight * 1000


async def _waiting(caller: OneShot) -> dict[str, Any]:
    """All that the inbox of `approvals` shows, but for people on our own list."""
    waiting = 0
    for method in ("exec.approval.list", "plugin.approval.list"):
        waiting += len(_list(await caller.call(method, {}, timeout=CALL_S), method))
    for count in (_of_setup, _of_devices, _of_people):
        try:
            waiting += await count(caller)
        except Unreachable:
            raise
        except LunaError:
            continue  # a release that does not know the question has nothing that waits there
    return {"waiting": waiting}


async def _of_setup(caller: OneShot) -> int:
    method = "openclaw.approval.list"
    return len(_list(await caller.call(method, {}, timeout=CALL_S), method))


async def _of_devices(caller: OneShot) -> int:
    payload = await caller.call("device.pair.list", {}, timeout=CALL_S)
    asking = _rows(payload, "pending", "device.pair.list")
    wanting = _rows(payload, "paired", "device.pair.list")
    return len(asking) + sum(1 for row in wanting if row.get("pendingNodeSurface"))


async def _of_people(caller: OneShot) -> int:
    payload = await caller.call("channels.pairing.list", {}, timeout=CALL_S)
    return len(_rows(payload, "requests", "channels.pairing.list"))


def _list(rows: object, method: str) -> list[Any]:
    if not isinstance(rows, list):
        raise unknown_form(method, "all of it")
    return rows


def _rows(payload: object, name: str, method: str) -> list[dict[str, Any]]:
    rows = payload.get(name, []) if isinstance(payload, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise unknown_form(method, name)
    return rows


def _number(row: Mapping[str, Any], name: str) -> float:
    """0 where there is none."""
    value = row.get(name)
    return value if is_whole(value) else 0
