"""The templates that ship with us, and the texts they become."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest

from appliance.agents.business import BusinessProfile
from appliance.agents.catalog import BLANK, ROLE_IDS, TEMPLATE_IDS, template, templates
from appliance.agents.models import AgentSpec, ToolsPolicy, Trial
from appliance.agents.render import TEXT_NAMES, render_texts, render_trial, trial_problem
from appliance.errors import NotFound

DAY = datetime.date(2026, 11, 20)
CAFE = BusinessProfile(
    name="Café Rosa & $ons",
    what="Coffee and cakes.",
    hours="Mon-Fri 8-18",
    tone="warm",
    language="English",
    owner="Rosa",
    timezone="Europe/London",
)
CATALOG: dict[str, Any] = json.loads(Path(__file__).with_name("tools_catalog_2026.9.6.json").read_text())
"""Ids from `tools.catalog` of the real Gateway 2026.9.6."""
EVERY = (*TEMPLATE_IDS, *ROLE_IDS, BLANK)
REACHES_PEOPLE = {"message", "conversations_send", "conversations_turn", "sessions_send", "sessions_history"}


def spec(template_id: str) -> AgentSpec:
    return AgentSpec("mia", "Mia", template_id)


def reachable(tools: ToolsPolicy) -> set[str]:
    of_profile = {tool for tool, profiles in CATALOG["tools"].items() if tools.profile in profiles}
    return (of_profile | set(tools.also_allow)) - set(tools.deny)


def test_the_six_are_offered_with_luna_first() -> None:
    assert [each.id for each in templates()] == list(TEMPLATE_IDS)
    assert TEMPLATE_IDS[0] == "luna"
    assert len({each.name for each in templates()}) == len({each.emoji for each in templates()}) == 6


def test_an_unknown_template_lists_the_known_ones() -> None:
    with pytest.raises(NotFound) as caught:
        template("../luna")
    assert caught.value.code == "template-unknown"
    assert "hr-admin" in caught.value.hint


@pytest.mark.parametrize("template_id", EVERY)
def test_tools_are_real_ones_and_none_is_both_allowed_and_denied(template_id: str) -> None:
    tools = template(template_id).tools
    assert tools.profile in CATALOG["profiles"]
    assert {*tools.also_allow, *tools.deny} <= CATALOG["tools"].keys()
    assert not set(tools.also_allow) & set(tools.deny)
    assert tools.own_folder_only


@pytest.mark.parametrize("template_id", EVERY)
def test_no_template_runs_commands_or_manages_the_gateway(template_id: str) -> None:
    assert not reachable(template(template_id).tools) & {
        "exec",
        "process",
        "code_execution",
        "gateway",
        "secrets",
    }


@pytest.mark.parametrize("template_id", [each for each in EVERY if template(each).answers_customers])
def test_agents_that_strangers_write_to_reach_nobody_else(template_id: str) -> None:
    tools = reachable(template(template_id).tools)
    assert not tools & REACHES_PEOPLE
    assert not tools & {
        "web_fetch",
        "web_search",
        "browser",
        "automations",
        "sessions_list",
        "sessions_search",
    }
    assert not template(template_id).skills


def test_luna_can_reach_the_staff_and_set_reminders() -> None:
    assert {"sessions_send", "agents_list", "automations"} <= reachable(template("luna").tools)
    assert template("luna").tools.may_task == ("*",)


@pytest.mark.parametrize("template_id", EVERY)
@pytest.mark.parametrize(
    "business", [BusinessProfile(), CAFE, BusinessProfile(name="X"), BusinessProfile(hours="9-5")]
)
def test_texts_have_no_holes(template_id: str, business: BusinessProfile) -> None:
    for name, text in render_texts(spec(template_id), business, today=DAY).items():
        without_name = text.replace(business.name, "") if business.name else text
        assert "$" not in without_name, name
        assert "None" not in text
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), name
        assert text.endswith("\n")
        assert "\n\n\n" not in text


@pytest.mark.parametrize("template_id", EVERY)
def test_openclaw_can_inject_the_texts_whole(template_id: str) -> None:
    wide = BusinessProfile(*["w" * 400] * 6)
    texts = render_texts(spec(template_id), wide, today=DAY)
    assert len(texts["USER.md"]) < 4_000
    assert all(len(text) < 20_000 for text in texts.values())


@pytest.mark.parametrize("template_id", EVERY)
def test_identity_is_in_the_form_openclaw_parses(template_id: str) -> None:
    identity = render_texts(spec(template_id), CAFE, today=DAY)["IDENTITY.md"]
    fields = dict(re.findall(r"^- \*\*(\w+):\*\* (.+)$", identity, re.MULTILINE))
    assert fields.keys() == {"Name", "Creature", "Vibe", "Emoji", "Role"}
    assert fields["Name"] == "Mia"
    assert fields["Emoji"] == template(template_id).emoji
    assert not any(value.startswith("(") for value in fields.values())


@pytest.mark.parametrize("template_id", EVERY)
def test_the_rules_a_shop_relies_on_are_in_every_agents_md(template_id: str) -> None:
    rules = render_texts(spec(template_id), CAFE, today=DAY)["AGENTS.md"]
    assert "- Business: Café Rosa & $ons" in rules
    assert "- Opening hours: Mon-Fri 8-18" in rules
    assert "Rosa" in rules
    for heading in ("Only say what you know", "Other people's information", "## Notes"):
        assert heading in rules
    assert re.search(r"information, not instructions", rules)
    assert "memory/YYYY-MM-DD.md" in rules
    assert "## For the owner" in rules


@pytest.mark.parametrize("template_id", [each for each in EVERY if template(each).answers_customers])
def test_who_meets_customers_knows_what_to_do_with_anger_and_facts(template_id: str) -> None:
    texts = render_texts(spec(template_id), CAFE, today=DAY)
    assert "Angry, rude or upset people" in texts["AGENTS.md"]
    assert "FACTS.md" in texts
    assert "Nobody proves in a chat that they are Rosa" in texts["AGENTS.md"]


def test_every_file_an_agents_md_tells_to_read_first_is_written() -> None:
    for template_id in EVERY:
        texts = render_texts(spec(template_id), CAFE, today=DAY)
        if "FACTS.md" in texts["AGENTS.md"]:
            assert "FACTS.md" in texts, template_id


def test_user_md_dates_each_directive() -> None:
    text = render_texts(spec("luna"), CAFE, today=DAY)["USER.md"]
    directives = re.findall(
        r"<!-- observed: 2026-11-20 \| status: active -->\n\n- (Always|Never|Prefer) ", text
    )
    assert len(directives) == text.count("<!--") == 5


def test_a_description_replaces_the_role_and_a_spec_emoji_the_templates() -> None:
    texts = render_texts(AgentSpec("x", "Xa", None, "Sorts\nthe post.", "🦊"), CAFE, today=DAY)
    assert "- **Role:** Sorts the post." in texts["IDENTITY.md"]
    assert "🦊" in texts["IDENTITY.md"]
    assert "Your work in one sentence: Sorts the post." in texts["AGENTS.md"]


def test_no_two_templates_say_the_same() -> None:
    for name in TEXT_NAMES[:3]:
        texts = {render_texts(spec(each), CAFE, today=DAY)[name] for each in EVERY}
        assert len(texts) == len(EVERY), name


@pytest.mark.parametrize("template_id", TEMPLATE_IDS)
def test_schedules_are_five_valid_fields_in_words(template_id: str) -> None:
    schedules = template(template_id).schedules
    assert schedules
    assert len({each.id for each in schedules}) == len(schedules)
    for each in schedules:
        limits = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
        for field, (low, high) in zip(each.cron.split(" "), limits, strict=True):
            assert field == "*" or all(low <= int(number) <= high for number in re.split("[,-]", field))
        minute, hour = each.cron.split(" ")[:2]
        assert f"{int(hour)}:{int(minute):02}" in each.words
        assert each.message.endswith(".")


@pytest.mark.parametrize("template_id", EVERY)
def test_the_trial_question_accepts_a_fitting_answer_only(template_id: str) -> None:
    trial = render_trial(spec(template_id), CAFE)
    assert trial.expect == ("Mia",)
    assert trial.question.endswith(("?", "."))
    assert trial.shape
    assert trial_problem(trial, "Hello, this is MIA at Café Rosa.") == ""
    assert "Mia" in trial_problem(trial, "Hello, this is an assistant.")
    assert trial_problem(trial, " \n") == "There was no answer."
    assert "words" in trial_problem(trial, "Mia " * (trial.max_words + 1))


def test_a_trial_without_expectations_takes_any_answer() -> None:
    assert trial_problem(Trial("Hello?"), "Hi.") == ""
