"""What a started Gateway is asked at each look, and what is made of odd answers."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from appliance.gateway.identity import load_identity
from appliance.health.ask import ask
from tests.fakes.gateway import FakeGateway, endpoint

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.health.evidence import Answer

NOON = time.mktime((2026, 11, 20, 12, 0, 0, 0, 0, -1))
MORNING_MS = int(NOON - 3600) * 1000
YESTERDAY_MS = int(NOON - 86_400) * 1000


async def asked(folder: Path, **answers: Any) -> Answer:
    """The answer of a Gateway that says this."""
    fake = FakeGateway()
    usual = {"sessions_list": {"sessions": []}, "cron_list": {"jobs": []}}
    lists = {"exec_approval_list": [], "plugin_approval_list": []}
    for name, payload in {**usual, **lists, **answers}.items():
        fake.handlers[name.replace("_", ".")] = lambda _, payload=payload: payload
    async with fake.listening() as port:
        where = endpoint(port=port)
        identity = await asyncio.to_thread(load_identity, folder / "identity")
        answer = await asyncio.to_thread(ask, where, identity, lambda: where, NOON)
        await fake.stop()
    return answer


async def test_people_s_conversations_of_today_are_counted(tmp_path: Path) -> None:
    rows = [
        {"lastInteractionAt": MORNING_MS},
        {"lastInteractionAt": YESTERDAY_MS},
        {"lastInteractionAt": MORNING_MS, "isBackground": True},
        {"lastInteractionAt": MORNING_MS, "createdVia": "cron"},
        {"lastInteractionAt": MORNING_MS, "classification": "heartbeat"},
        {"lastInteractionAt": "soon", "classification": ["odd"]},
    ]
    answer = await asked(tmp_path, sessions_list={"sessions": rows})
    assert answer.version == "2026.9.6"
    assert answer.today is not None
    assert answer.today.conversations == 1
    more = await asked(tmp_path, sessions_list={"sessions": rows, "hasMore": True})
    assert more.today is not None
    assert more.today.conversations is None


async def test_who_was_talked_to_and_who_answers_right_now(tmp_path: Path) -> None:
    rows = [
        {"key": "agent:luna:main", "agentId": "luna", "lastInteractionAt": MORNING_MS + 5_000},
        {"key": "agent:luna:whatsapp:1", "lastInteractionAt": MORNING_MS, "hasActiveRun": True},
        {"key": "agent:hr:main", "lastInteractionAt": MORNING_MS, "hasActiveRun": False},
        {
            "key": "agent:ops:cron:1",
            "lastInteractionAt": MORNING_MS,
            "hasActiveRun": True,
            "createdVia": "cron",
        },
    ]
    today = (await asked(tmp_path, sessions_list={"sessions": rows})).today
    assert today is not None
    assert today.spoken == {"luna": MORNING_MS / 1000 + 5, "hr": MORNING_MS / 1000}
    assert today.answering == ("luna",)


async def test_the_owner_s_schedules_and_what_waits_are_counted(tmp_path: Path) -> None:
    jobs = [
        {"nextRunAtMs": 5_000, "state": {"lastRunStatus": "error", "lastRunAtMs": MORNING_MS}},
        {"nextRunAtMs": 3_000, "state": {"lastStatus": "error", "lastRunAtMs": YESTERDAY_MS}},
        {"nextRunAtMs": 1_000, "enabled": False},
        {"nextRunAtMs": 2_000, "declarationKey": "heartbeat"},
        {"state": None},
    ]
    answer = await asked(tmp_path, cron_list={"jobs": jobs}, exec_approval_list=[{}, {}])
    today = answer.today
    assert today is not None
    assert (today.schedules_on, today.schedules_failed, today.next_schedule) == (3, 1, 3.0)
    assert today.waiting == 2
    assert answer.notes == ()


@pytest.mark.parametrize("odd", [[], {"sessions": {}}, {"sessions": ["x"]}, None])
async def test_an_answer_of_another_form_costs_its_own_facts_only(tmp_path: Path, odd: object) -> None:
    answer = await asked(tmp_path, sessions_list=odd)
    assert answer.today is not None
    assert (answer.today.conversations, answer.today.schedules_on) == (None, 0)
    assert "sessions.list" in answer.notes[0]


async def test_numbers_that_no_engine_counts_to_are_no_dates(tmp_path: Path) -> None:
    jobs = [{"nextRunAtMs": 10**400}, {"nextRunAtMs": 1e308}, {"nextRunAtMs": True}, {"nextRunAtMs": 5e3}]
    answer = await asked(tmp_path, cron_list={"jobs": jobs})
    assert answer.today is not None
    assert (answer.today.schedules_on, answer.today.next_schedule) == (4, 5.0)


@pytest.mark.parametrize("odd", [None, {}, {"approvals": []}])
async def test_what_waits_in_a_form_we_do_not_know_is_not_taken_for_nothing(
    tmp_path: Path, odd: object
) -> None:
    answer = await asked(tmp_path, plugin_approval_list=odd)
    assert answer.today is not None
    assert answer.today.waiting is None
    assert "plugin.approval.list" in answer.notes[0]
