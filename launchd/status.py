"""What a service is doing, by the files in its folder and the process table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launchd.supervisor import ServiceStatus

if TYPE_CHECKING:
    from launchd.state import RunnerReport, StateFolder


def status_of(folder: StateFolder) -> ServiceStatus:
    """The state now; reads two small files and the process table."""
    report = folder.report()
    child = folder.child()
    pid = child.pid if child and child.alive else None
    if report is None:
        return _unwatched(pid) if pid else ServiceStatus("stopped", detail="It was not started.")
    if report.runner.alive:
        state = report.state
        return ServiceStatus(
            state,
            pid=pid if state == "running" else None,
            since=report.since,
            restarts=report.restarts,
            last_exit=report.last_exit,
            supervisor_pid=report.runner.pid,
            detail=report.detail,
        )
    return _left_behind(report, pid)


def _left_behind(report: RunnerReport, pid: int | None) -> ServiceStatus:
    """What to say when the runner is gone."""
    if pid:
        return _unwatched(pid, report)
    if report.state in ("stopped", "failed"):
        state, detail = report.state, report.detail
    else:
        state, detail = "stopped", "It ended without a word, and so did its supervisor (a restart or a kill)."
    return ServiceStatus(
        state,
        since=report.since,
        restarts=report.restarts,
        last_exit=report.last_exit,
        detail=detail,
    )


def _unwatched(pid: int, report: RunnerReport | None = None) -> ServiceStatus:
    return ServiceStatus(
        "running",
        pid=pid,
        since=report.since if report else None,
        restarts=report.restarts if report else 0,
        last_exit=report.last_exit if report else None,
        detail="It runs, but its supervisor is gone and nothing would start it again.",
    )
