"""The editor of an agent: each page by keys alone at 80x24, and what each key asks the box for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.agents.tool_catalog import shipped
from appliance.errors import Conflict, Unreachable
from appliance.ops.agents import AgentDetail, AgentList, AgentRow, AgentText
from appliance.ops.agents_routing import BindingRow, Bindings
from appliance.ops.agents_skills import SkillRow, SkillsFound
from appliance.ops.agents_texts import TextFound, TextVersion, TextWritten
from appliance.ops.agents_tools import ToolRow, ToolsFound
from appliance.ops.chat_draft import MessageDraft
from appliance.ops.chat_history import TalkSoFar
from appliance.ops.config_edit import Saved
from appliance.ops.core import Change, Plan
from appliance.ops.models_estimate import EstimateModel, ModelEstimate
from appliance.ops.providers import ProviderList, ProviderRow
from screens.agents.editor import EditorScreen
from screens.agents.markdown_area import MarkdownArea
from screens.agents.text_screen import TextScreen
from screens.agents.wishes import tool_name
from screens.desk import Desk
from screens.words import Words, languages
from tests.unit.screens.desks import Answers, OneScreen, until, visible

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

LUNA = AgentRow("luna", "Luna", "Your assistant.", "☾", "openai/sol", True, True, ("telegram",))
TEXTS = (AgentText("SOUL.md", "present", "# SOUL.md\n\nBe **kind**."),)
DETAIL = AgentDetail(LUNA, "luna", "/x", "minimal", None, TEXTS, thinking="low")
SOUL = TextFound(
    "luna", "SOUL.md", "present", "Be kind.\n", "aa" * 32, "/x", (TextVersion("v1", "2026-11-20T10:00:00Z"),)
)


def tool(name: str, state: str, reason: str) -> ToolRow:
    return ToolRow(name, "fs", "", state, reason, "agent", "agents.entries.luna.tools.profile", "")


TOOLS = ToolsFound(
    "luna",
    "minimal",
    "agent",
    "off",
    "gateway",
    (
        tool("read", "allow", "also"),
        tool("write", "never", "not-in-profile"),
        tool("exec", "never", "denied"),
    ),
)
SKILLS = SkillsFound(
    "luna",
    "all",
    "gateway",
    (
        SkillRow("weather", "Tells it.", "bundled", True, True),
        SkillRow("notes", "Takes.", "bundled", True, False, ("memo",)),
    ),
)
BINDINGS = Bindings(
    (
        BindingRow("telegram", "default", "everyone", "", "luna", "Luna", "channel", rule=0),
        BindingRow("whatsapp", "default", "everyone", "", "support", "Customer Support", "channel", rule=1),
        BindingRow("whatsapp", "*", "person", "+44 7700", "luna", "Luna", "peer", rule=2),
    )
)
SAVED = Saved(("x",), "saved and in use")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    given = Answers(
        {
            "agents.show": DETAIL,
            "agents.tools": TOOLS,
            "agents.skills": SKILLS,
            "agents.bindings": BINDINGS,
            "agents.list": AgentList((LUNA,)),
            "models.estimate": ModelEstimate(
                "openai/sol", 2.0, 10.0, "30m", 48.0, 20_000, 300, 2.06, 61.92, ""
            ),
            "agents.text": SOUL,
            "agents.write": TextWritten("luna", "SOUL.md", True, "bb" * 32, "v2"),
            "agents.update": SAVED,
            "agents.tools-set": SAVED,
            "agents.skills-set": SAVED,
            "chat.draft": MessageDraft("luna", "", True),
            "chat.keep": MessageDraft("luna", "", True),
            "chat.history": TalkSoFar("luna", "agent:luna:trial", (), False, "", ""),
            "chat.send": Unreachable("The Gateway does not answer."),
            "providers.list": ProviderList(
                "openai/sol", (ProviderRow("openai", "OpenAI", "", ("sol", "luna"), "", True),)
            ),
        },
        {
            name: Plan(name, (Change("x.tools", "a → b"),))
            for name in ("agents.update", "agents.tools-set", "agents.skills-set")
        }
        | {
            "agents.write": Plan(
                "agents.write", (Change("SOUL.md of luna", "change", detail="@@\n-Be kind.\n+Be brief."),)
            )
        },
    )
    monkeypatch.setattr("screens.operation_screen.dispatch", given.dispatch)
    monkeypatch.setattr("screens.operation_screen.plan", given.plan)
    return given


def editor(page: int = 0) -> Callable[[Desk], EditorScreen]:
    return lambda desk: EditorScreen(desk, LUNA, page)


def text_screen(desk: Desk) -> TextScreen:
    return TextScreen(desk, "luna", "Luna", "SOUL.md")


def kept(answers: Answers) -> str:
    """The draft that is left on the disk."""
    drafts = answers.params_of("chat.keep")
    return drafts[-1].text if drafts else ""


async def sees(pilot: Pilot[None], app: OneScreen, text: str) -> None:
    await until(pilot, lambda: text in visible(app))


async def test_tab_leads_through_every_page_and_round(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(editor(), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        for text in (
            "What people see of this agent",
            "everybody's",
            "How it speaks and behaves",
            "2 skills",
            "3 tools",
            "Telegram",
            "Nobody else sees it",
            "What people see of this agent",
        ):
            await sees(pilot, app, text)
            await pilot.press("tab")
        await pilot.press("shift+tab", "shift+tab")
        await sees(pilot, app, "Nobody else sees it")
        assert not answers.planned


@pytest.mark.parametrize("language", languages())
async def test_why_a_tool_may_be_used_is_told_in_full_at_80_columns(
    answers: Answers, tmp_path: Path, language: str
) -> None:
    words = Words(language)
    longest = max((each.id for each in shipped().tools), key=lambda name: len(tool_name(name, words)))
    states = {"allow": ("profile", "also", "listed", "open"), "ask": ("asks",)}
    states["never"] = ("denied", "not-listed", "not-in-profile", "commands-off")
    rows = [
        (state, reason, by) for state in states for reason in states[state] for by in ("agent", "everybody")
    ]
    shown = tuple(replace(tool(longest, state, reason), by=by) for state, reason, by in rows)
    answers.answers["agents.tools"] = replace(TOOLS, tools=shown)
    app = OneScreen(editor(4), tmp_path)
    app.desk = Desk(app.desk.box, "human:test", words)
    async with app.run_test(size=(80, 44)) as pilot:
        await sees(pilot, app, words("editor.why-commands-off"))
        text = visible(app)
        assert tool_name(longest, words) in text
        assert text.count(words("editor.for-everybody")) == len(rows) / 2
        assert not [line for line in text.splitlines()[:-1] if "…" in line]


async def test_the_brain_page_says_what_it_costs_and_the_review_what_another_would(
    answers: Answers, tmp_path: Path
) -> None:
    app = OneScreen(editor(1), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "2 dollars for a million word parts")
        await sees(pilot, app, "about 2.06 dollars a day")
        assert answers.params_of("models.estimate") == [EstimateModel("openai/sol", agent="luna")]
        answers.answers["models.estimate"] = ModelEstimate(
            "openai/luna", 0.25, 2.0, "30m", 48.0, 20_000, 300, 0.25, 7.5, ""
        )
        await pilot.press("enter")
        await sees(pilot, app, "The one everybody uses")
        await pilot.press("down", "down", "enter")
        await sees(pilot, app, "0.25 dollars for a million word parts")
        assert answers.params_of("models.estimate")[-1] == EstimateModel("openai/luna", agent="luna")
        assert not answers.params_of("agents.update")


async def test_who_talks_to_it_is_told_by_the_rules_and_a_key_leads_to_them_and_back(
    answers: Answers, tmp_path: Path
) -> None:
    app = OneScreen(editor(5), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "WhatsApp, +44 7700")
        shown = visible(app)
        assert "Telegram, everybody" in shown
        assert "own rule" in shown
        assert "WhatsApp, everybody" not in shown
        await pilot.press("w")
        await sees(pilot, app, "Only what comes in for Luna")
        await sees(pilot, app, "2 kinds of senders")
        assert "Customer Support" not in visible(app)
        await pilot.press("enter", "escape")
        await sees(pilot, app, "2 kinds of senders")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, EditorScreen))
        await sees(pilot, app, "Telegram, everybody")


async def test_who_is_reached_by_nobody_is_told(answers: Answers, tmp_path: Path) -> None:
    answers.answers["agents.bindings"] = Bindings(BINDINGS.rows[1:2])
    app = OneScreen(editor(5), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "Nobody reaches Luna on a line yet")
        await pilot.press("w")
        await sees(pilot, app, "Nothing comes in for this agent yet")


async def test_the_brain_is_chosen_from_those_there_are(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(editor(1), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "a little")
        await pilot.press("j", "enter")
        await sees(pilot, app, "What is tried when it fails?")
        await pilot.press("j", "enter")
        await until(pilot, lambda: bool(answers.planned))
        params = answers.planned[-1][1]
        assert (params.agent, params.fallbacks, params.model) == ("luna", "openai/luna", None)


async def test_tools_are_turned_one_by_one_and_saved_together(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(editor(4), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "Read files")
        await pilot.press("space", "j", "space", "j", "space", "space")
        await sees(pilot, app, "asks you")
        await sees(pilot, app, "3 changes are not saved")
        await pilot.press("j", "k", "ctrl+s")
        await sees(pilot, app, "allowed: Write files · asks you: Run commands on the box")
        params = answers.planned[-1][1]
        assert (params.allow, params.ask, params.never, params.inherit) == (
            ("write",),
            ("exec",),
            ("read",),
            (),
        )
        assert params.profile is None


async def test_a_tool_turned_all_the_way_round_is_no_change(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(editor(4), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "Read files")
        await pilot.press("space")
        await sees(pilot, app, "1 change is not saved")
        await pilot.press("space")
        await until(pilot, lambda: "not saved" not in visible(app))
        assert not answers.planned


async def test_rooms_and_helpers_are_for_supporters(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(editor(4), tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await sees(pilot, app, "Read files")
        assert "Locked room" not in visible(app)
        await pilot.press("b")
        assert not answers.planned
        assert isinstance(app.screen, EditorScreen)


async def test_skills_are_switched_and_saved_as_one_list(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(editor(3), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "lacks: memo")
        await pilot.press("j", "space", "ctrl+s")
        await until(pilot, lambda: bool(answers.planned))
        params = answers.planned[-1][1]
        assert (params.skills, params.none, params.inherit) == (("weather",), False, False)


async def test_a_try_has_a_conversation_of_its_own(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(editor(6), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "Nobody else sees it")
        await pilot.press(*"hello", "enter")
        await until(pilot, lambda: bool(answers.params_of("chat.send")))
        (sent,) = answers.params_of("chat.send")
        assert (sent.agent, sent.session, sent.message) == ("luna", "trial", "hello")
        assert {params.session for params in answers.params_of("chat.history")} == {"trial"}
        await sees(pilot, app, "The engine")


async def test_what_is_written_shows_what_it_changes_before_it_is_saved(
    answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.grace.GRACE_S", 3600.0)
    app = OneScreen(text_screen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "Be kind.")
        await pilot.press("X", "ctrl+s")
        await sees(pilot, app, "+ Be brief.")
        params = answers.planned[-1][1]
        assert (params.agent, params.file, params.text) == ("luna", "SOUL.md", "XBe kind.\n")
        assert params.expected_hash == SOUL.sha256
        assert not answers.params_of("agents.write")
        monkeypatch.setattr("screens.grace.GRACE_S", 0.0)
        await pilot.press("enter")
        await until(pilot, lambda: bool(answers.params_of("agents.write")))
        assert kept(answers) == ""


async def test_somebody_elses_text_is_offered_beside_this_one(answers: Answers, tmp_path: Path) -> None:
    answers.plans["agents.write"] = Conflict("SOUL.md was changed meanwhile.", code="text-moved")
    app = OneScreen(text_screen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "Be kind.")
        await pilot.press("X")
        answers.answers["agents.text"] = TextFound(
            "luna", "SOUL.md", "present", "Theirs.\n", "cc" * 32, "/x", ()
        )
        await pilot.press("ctrl+s")
        await sees(pilot, app, "Somebody changed this text")
        await until(pilot, lambda: len(answers.params_of("agents.text")) == 2)
        answers.plans["agents.write"] = Plan("agents.write", (Change("x", "y", detail="-Theirs.\n+X"),))
        await pilot.press("enter")
        await sees(pilot, app, "- Theirs.")
        assert answers.planned[-1][1].expected_hash == "cc" * 32
        await pilot.press("escape", "ctrl+s")
        await sees(pilot, app, "- Theirs.")


async def test_theirs_can_be_taken(answers: Answers, tmp_path: Path) -> None:
    answers.plans["agents.write"] = Conflict("SOUL.md was changed meanwhile.", code="text-moved")
    app = OneScreen(text_screen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "Be kind.")
        await pilot.press("X")
        answers.answers["agents.text"] = TextFound(
            "luna", "SOUL.md", "present", "Theirs.\n", "cc" * 32, "/x", ()
        )
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(answers.params_of("agents.text")) == 2)
        await pilot.press("j", "enter")
        await until(pilot, lambda: app.screen.query_one(MarkdownArea).text == "Theirs.\n")
        assert kept(answers) == ""


async def test_a_text_that_was_left_is_there_again(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(text_screen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "Be kind.")
        await pilot.press("X", "escape")
        await until(pilot, lambda: bool(answers.params_of("chat.keep")))
        draft = answers.params_of("chat.keep")[-1]
        assert (draft.agent, draft.file, draft.text) == ("luna", "SOUL.md", "XBe kind.\n")
    answers.answers["chat.draft"] = MessageDraft("luna", draft.text, True)
    again = OneScreen(text_screen, tmp_path)
    async with again.run_test(size=(80, 24)) as pilot:
        await sees(pilot, again, "XBe kind.")
        await sees(pilot, again, "did not save")
        await pilot.press("f9")
        await until(pilot, lambda: "XBe kind." not in visible(again))


async def test_an_earlier_text_comes_back_after_it_was_seen(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(text_screen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "Be kind.")
        await pilot.press("f8", "enter")
        await sees(pilot, app, "+ Be brief.")
        params = answers.planned[-1][1]
        assert (params.version, params.text, params.expected_hash) == ("v1", None, SOUL.sha256)


async def test_what_cannot_be_seen_in_a_text_is_shown(answers: Answers, tmp_path: Path) -> None:
    answers.answers["agents.text"] = TextFound(
        "luna", "SOUL.md", "present", "# [b]x[/b]\u202e\x1b[31m\n", "aa" * 32, "/x", ()
    )
    app = OneScreen(text_screen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "[b]x[/b]")
        text = app.screen.query_one(MarkdownArea).text
        assert "\x1b" not in text
        assert "\u202e" not in text
        await sees(pilot, app, "cannot be seen")
