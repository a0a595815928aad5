"""One cause explains what is seen, and names the repair."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.errors import Invalid, Refused
from appliance.gateway.probe import Listener, Probe
from appliance.health.evidence import Answer, Files, Process
from appliance.health.judge import START_S, judge, up_since
from appliance.health.models import Trouble
from launchd.supervisor import ServiceStatus

NOW = 1_800_000_000.0
DOWN = Probe(False, False, False, problem="nothing listens")
HELD = Probe(True, False, False, problem="held")
BUSY = Probe(True, True, False, problem="it is still starting", uptime_ms=4_000)
READY = Probe(True, True, True, uptime_ms=60_000)
FILES = Files("Café Rosa", engine="2026.9.6", model="practice/practice", set_up=True)
STOPPED = ServiceStatus("stopped", since=NOW - 60, last_exit=0, detail="It was stopped.")
RUNNING = ServiceStatus("running", pid=10, since=NOW - 60, supervisor_pid=9)


def seen(probe: Probe = DOWN, service: ServiceStatus = STOPPED, holder: Listener | None = None) -> Process:
    return Process(service, 18789, probe, holder)


def test_a_gateway_that_is_ready_and_lets_us_in_is_open_since_it_started() -> None:
    verdict = judge(FILES, seen(READY, RUNNING), Answer("2026.9.6"), NOW)
    assert (verdict.state, verdict.since, verdict.trouble) == ("open", NOW - 60, None)


def test_without_a_supervisor_it_is_open_and_worth_a_look() -> None:
    alone = replace(RUNNING, supervisor_pid=None)
    verdict = judge(FILES, seen(READY, alone), Answer("2026.9.6"), NOW)
    assert verdict.state == "open"
    assert verdict.trouble
    assert (verdict.trouble.code, verdict.trouble.repair) == ("unwatched", "gateway.restart")


def test_one_that_somebody_else_started_is_open_all_the_same() -> None:
    verdict = judge(FILES, seen(READY), Answer("2026.9.6"), NOW)
    assert (verdict.state, verdict.trouble) == ("open", None)


def test_one_that_refuses_us_and_is_not_ours_is_not_our_shop() -> None:
    answer = Answer(problem=Refused("It wants another token.", code="gateway-unauthorized"))
    verdict = judge(FILES, seen(READY), answer, NOW)
    assert verdict.state == "closed"
    assert verdict.trouble
    assert verdict.trouble.code == "gateway-unauthorized"
    assert judge(FILES, seen(READY, RUNNING), answer, NOW).state == "open"


def test_a_new_box_is_not_in_trouble_but_new() -> None:
    verdict = judge(Files(), seen(service=ServiceStatus("stopped", detail="It was not started.")), None, NOW)
    assert verdict.state == "new"
    assert verdict.trouble
    assert (verdict.trouble.code, verdict.trouble.repair) == ("not-set-up", None)


@pytest.mark.parametrize(
    ("files", "process", "code", "repair"),
    [
        (replace(FILES, broken=Invalid("Line 3.", code="config-syntax")), seen(), "config-syntax", None),
        (replace(FILES, engine=""), seen(), "engine-missing", "engine.install"),
        (FILES, seen(HELD, holder=Listener(7, "nginx")), "port-taken", None),
        (FILES, seen(HELD, holder=Listener(0, "")), "port-taken", None),
        (FILES, seen(), "stopped", "gateway.start"),
        (FILES, seen(service=ServiceStatus("stopped")), "not-started", "gateway.start"),
        (
            FILES,
            seen(service=ServiceStatus("stopped", since=NOW, detail="It ended without a word, and so …")),
            "ended",
            "gateway.start",
        ),
        (
            FILES,
            seen(service=ServiceStatus("throttled", since=NOW, last_exit=-9)),
            "keeps-ending",
            "gateway.restart",
        ),
        (
            FILES,
            seen(service=ServiceStatus("failed", since=NOW, last_exit=127)),
            "cannot-run",
            "gateway.start",
        ),
        (
            FILES,
            seen(service=ServiceStatus("failed", since=NOW, last_exit=78)),
            "config-invalid",
            "gateway.start",
        ),
        (
            replace(FILES, refused="gateway.port: must be a number."),
            seen(service=ServiceStatus("failed", since=NOW, last_exit=78)),
            "config-invalid",
            None,
        ),
        (
            FILES,
            seen(HELD, replace(RUNNING, since=NOW - START_S - 1), Listener(10, "node")),
            "hangs",
            "gateway.restart",
        ),
        (
            FILES,
            seen(DOWN, replace(RUNNING, since=NOW - START_S - 1)),
            "hangs",
            "gateway.restart",
        ),
    ],
)  # fmt: skip
def test_a_closed_shop_names_its_cause_and_the_repair(
    files: Files, process: Process, code: str, repair: str | None
) -> None:
    verdict = judge(files, process, None, NOW)
    assert verdict.state == "closed"
    assert verdict.trouble
    assert (verdict.trouble.code, verdict.trouble.repair) == (code, repair)
    assert verdict.trouble.message


def test_a_port_that_was_given_up_while_we_looked_is_not_taken() -> None:
    dying = ServiceStatus("throttled", since=NOW, last_exit=-9)
    trouble = judge(FILES, seen(HELD, dying), None, NOW).trouble
    assert trouble
    assert trouble.code == "keeps-ending"


def test_who_has_the_port_is_named() -> None:
    trouble = judge(FILES, seen(HELD, holder=Listener(7, "nginx")), None, NOW).trouble
    assert trouble
    assert "“nginx” (pid 7)" in trouble.message
    assert trouble.facts == {"port": "18789", "program": "nginx", "pid": "7"}


@pytest.mark.parametrize(
    "process",
    [
        seen(BUSY, RUNNING),
        seen(BUSY),
        seen(DOWN, RUNNING),
        seen(DOWN, ServiceStatus("starting", since=NOW - 1)),
        seen(HELD, RUNNING, Listener(10, "node")),
    ],
)
def test_a_start_is_given_its_time(process: Process) -> None:
    verdict = judge(FILES, process, None, NOW)
    assert (verdict.state, verdict.trouble) == ("starting", None)


def test_a_start_after_an_end_of_its_own_says_so() -> None:
    again = replace(RUNNING, restarts=1, last_exit=-9)
    verdict = judge(FILES, seen(DOWN, again), None, NOW)
    assert verdict.state == "starting"
    assert verdict.trouble
    assert (verdict.trouble.code, verdict.trouble.repair) == ("starting-again", None)
    assert "signal 9" in verdict.trouble.message


def test_the_instant_after_its_end_is_no_hang() -> None:
    gone = replace(RUNNING, pid=None, since=NOW - START_S - 60)
    verdict = judge(FILES, seen(DOWN, gone), None, NOW)
    assert verdict.state == "starting"
    assert verdict.trouble
    assert verdict.trouble.code == "starting-again"


def test_closed_since_is_when_the_supervisor_noted_it() -> None:
    assert judge(FILES, seen(), None, NOW).since == NOW - 60
    assert judge(FILES, seen(HELD, RUNNING, Listener(7, "nginx")), None, NOW).since is None


def test_the_time_of_start_comes_from_the_gateways_own_clock() -> None:
    assert up_since(seen(READY), NOW) == NOW - 60
    assert up_since(seen(DOWN), NOW) is None


LOST = Trouble("settings-lost", "Two agents are gone.", "lunatui history restore", "history.restore")
LOCK = Trouble("lock-orphan", "It is empty.", "lunatui config unlock", "config.unlock")


@pytest.mark.parametrize(
    ("files", "process", "state"),
    [
        (FILES, seen(READY, RUNNING), "open"),
        (FILES, seen(service=RUNNING), "closed"),
        (Files(), seen(), "closed"),
        (replace(FILES, broken=Invalid("Line 3.", code="config-syntax")), seen(), "closed"),
    ],
    ids=["open", "starting", "new", "broken"],
)
def test_what_is_missing_explains_everything_else(files: Files, process: Process, state: str) -> None:
    answer = Answer("2026.9.6") if process.probe.ready else None
    verdict = judge(replace(files, lost=LOST), process, answer, NOW)
    assert (verdict.state, verdict.trouble) == (state, LOST)


def test_a_lock_in_the_way_is_told_where_nothing_is_worse() -> None:
    locked = replace(FILES, lock=LOCK)
    assert judge(locked, seen(READY, RUNNING), Answer("2026.9.6"), NOW).trouble == LOCK
    stopped = judge(locked, seen(), None, NOW).trouble
    assert stopped is not None
    assert stopped.code == "stopped"
