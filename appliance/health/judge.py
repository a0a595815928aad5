"""What the things seen mean: open or not, since when, and why. Without I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.health.models import ShopState, Trouble
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.gateway.probe import Listener
    from appliance.health.evidence import Answer, Files, Process

START_S = 120.0
"""A start that takes longer is stuck (a cold one took 41 s on a loaded two-core machine)."""
REFUSED_CONFIG = 78
_NO_WORD = "It ended without a word"
"""How `launchd.status` begins to say that program and supervisor were both gone when it looked."""
_START = "gateway.start"
_RESTART = "gateway.restart"


@dataclass(frozen=True)
class Verdict:
    """What to make of it all."""

    state: ShopState
    since: float | None = None
    trouble: Trouble | None = None


def judge(files: Files, seen: Process, answer: Answer | None, now: float) -> Verdict:
    """Open when it is ready and lets us in; otherwise the one cause that explains the rest.

    What is missing from the settings explains everything else, and is told of an open shop too.

    Args:
        files: what the files say.
        seen: what was seen of the process.
        answer: what it said; None when it was not ready to be asked.
        now: seconds since 1970.
    """
    verdict = _judged(files, seen, answer, now)
    if files.lost is not None:
        state: ShopState = "open" if verdict.state == "open" else "closed"
        return replace(verdict, state=state, trouble=files.lost)
    return verdict if verdict.trouble or files.lock is None else replace(verdict, trouble=files.lock)


def _judged(files: Files, seen: Process, answer: Answer | None, now: float) -> Verdict:
    if seen.probe.ready:
        return _ready(seen, answer, now)
    if files.broken is not None:
        return _closed(seen, Trouble(files.broken.code, files.broken.message, files.broken.hint))
    if not files.set_up and not seen.probe.listening and seen.service.state == "stopped":
        return Verdict("new", trouble=_not_set_up())
    if not files.engine:
        return _closed(seen, _no_engine())
    if seen.holder is not None and not _is_ours(seen.holder, seen.service.pid):
        return _closed(seen, _port_taken(seen.port, seen.holder))
    if seen.probe.live or seen.holder is not None or seen.service.state in ("starting", "running"):
        return _on_its_way(seen, now)
    return _closed(seen, _down(files, seen))


def up_since(seen: Process, now: float) -> float | None:
    """When the Gateway started, by its own clock; None when it does not say."""
    uptime = seen.probe.uptime_ms
    return now - uptime / 1000 if uptime is not None else None


def _ready(seen: Process, answer: Answer | None, now: float) -> Verdict:
    since = up_since(seen, now)
    problem = answer.problem if answer else None
    if problem is not None:
        trouble = Trouble(problem.code, problem.message, problem.hint, facts={"detail": problem.message})
        return Verdict("open" if seen.service.pid else "closed", since if seen.service.pid else None, trouble)
    if seen.service.pid and seen.service.supervisor_pid is None:
        return Verdict("open", since, _unwatched())
    return Verdict("open", since)


def _on_its_way(seen: Process, now: float) -> Verdict:
    if seen.service.state == "running" and seen.service.pid is None:
        return Verdict("starting", trouble=_again(seen))  # it ended this instant; the supervisor knows soon
    began = seen.service.since if seen.service.state != "stopped" else up_since(seen, now)
    if began is None or now - began <= START_S:
        return Verdict("starting", began, _again(seen) if seen.service.restarts else None)
    return Verdict("closed", began, _stuck(seen))


def _closed(seen: Process, trouble: Trouble) -> Verdict:
    service = seen.service
    since = service.since if service.state in ("stopped", "failed", "throttled") else None
    return Verdict("closed", since, trouble)


def _is_ours(holder: Listener, pid: int | None) -> bool:
    return holder.looks_like_gateway or (pid is not None and holder.pid == pid)


def _down(files: Files, seen: Process) -> Trouble:
    service = seen.service
    facts = {"detail": service.detail, "problem": files.refused}
    if files.refused or (service.state == "failed" and service.last_exit == REFUSED_CONFIG):
        return Trouble(
            "config-invalid",
            f"The Gateway would refuse the configuration: {files.refused or service.detail}",
            "lunatui config validate lists everything that is wrong.",
            None if files.refused else _START,
            facts,
        )
    if service.state == "throttled":
        message = f"The Gateway keeps ending. {service.detail}"
        return Trouble("keeps-ending", message, "lunatui gateway restart tries at once.", _RESTART, facts)
    if service.state == "failed":
        message = f"The Gateway cannot be run. {service.detail}"
        return Trouble("cannot-run", message, "lunatui gateway start tries again.", _START, facts)
    if service.since is None:
        return Trouble("not-started", "The Gateway was not started.", "lunatui gateway start", _START, facts)
    code = "ended" if service.detail.startswith(_NO_WORD) else "stopped"
    return Trouble(
        code, f"The Gateway does not run. {service.detail}", "lunatui gateway start", _START, facts
    )


def _not_set_up() -> Trouble:
    return Trouble("not-set-up", "This box is not set up yet.", "lunatui profiles apply FILE sets it up.")


def _no_engine() -> Trouble:
    return Trouble(
        "engine-missing",
        "OpenClaw is not installed on this machine.",
        "lunatui engine install",
        "engine.install",
    )


def _port_taken(port: int, holder: Listener) -> Trouble:
    who = f"“{holder.program}” (pid {holder.pid})" if holder.program else "a program of another user"
    return Trouble(
        "port-taken",
        f"Port {port} is used by {who}, so the Gateway cannot start.",
        "End that program, or give the Gateway another port: lunatui gateway configure --port PORT",
        facts={"port": str(port), "program": holder.program, "pid": str(holder.pid)},
    )


def _stuck(seen: Process) -> Trouble:
    ours = seen.service.pid is not None
    return Trouble(
        "hangs",
        f"The Gateway runs but does not answer: {seen.probe.problem}.",
        "lunatui gateway restart" if ours else "Restart it where it was started: openclaw gateway restart",
        _RESTART if ours else None,
        {"detail": seen.probe.problem},
    )


def _again(seen: Process) -> Trouble:
    code = seen.service.last_exit
    ended = "" if code is None else f" (code {code})" if code >= 0 else f" (signal {-code})"
    return Trouble(
        "starting-again",
        f"The Gateway ended by itself{ended} and is started again.",
        "lunatui health glance shows when it is back.",
        facts={"detail": ended.strip(" ()")},
    )


def _unwatched() -> Trouble:
    return Trouble(
        "unwatched",
        "The Gateway runs, but nothing would start it again if it ended.",
        "lunatui gateway restart gives it a supervisor again.",
        _RESTART,
    )
