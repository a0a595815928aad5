"""The wizard: keys in, one question after the other; every answer is on disk before the next is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from appliance.errors import LunaError, Unreachable, Usage
from appliance.ops.chat import Reply
from appliance.ops.profiles import Applied
from appliance.profile.draft import Draft, draft_path, read_draft, write_draft
from appliance.profile.setup_note import SetupNote, write_note
from appliance.secret import Secret
from screens.ages import SLOW, STUCK
from screens.chat.conversation import Conversation
from screens.dashboard.screen import DashboardScreen
from tests.fakes.box import make_box
from tests.fakes.shop import shown, until
from tests.fakes.wizard import Outside, page_of, setting_up, trial

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80", "120"])
KEY = "sk-proj-" + "Zq7" * 12
ANSWERED = Draft("finish", "consent", "English", "Café Rosa", kind="openai", model="gpt-6-sol", keyed=True)
STEPS = [
    {"index": 0, "name": "engine.install", "subject": ""},
    {"index": 1, "name": "agents.create", "subject": "Luna"},
    {"index": 2, "name": "strange.new", "subject": ""},
]
APPLIED = Applied(changed=True, steps=(), agents=("luna",), gateway_version="2026.9.6", gateway_port=1)


def left(home: Path, draft: Draft) -> None:
    write_draft(make_box(home).places, draft)


def kept(home: Path) -> Draft:
    draft = read_draft(make_box(home).places)
    assert draft is not None
    return draft


def files_with(home: Path, text: str) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


@SIZES
async def test_from_the_first_question_to_the_brain_by_the_keys_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside, size=size) as (app, pilot):
        assert page_of(app) == "welcome/language"
        await until(pilot, lambda: "◉ Welcome" in shown(app))
        await until(pilot, lambda: "○ Finish" in shown(app))
        await until(pilot, lambda: "enter Next" in shown(app))
        await until(pilot, lambda: "esc Back" not in shown(app))
        await until(pilot, lambda: "ctrl+q Leave" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "welcome/who")
        await until(pilot, lambda: "ctrl+t changes the colours" in shown(app))
        await until(pilot, lambda: f"{size[0]} × {size[1]}: everything fits" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "welcome/pace")
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "welcome/name")
        await pilot.press("enter")
        await until(pilot, lambda: "Please write something here" in shown(app))
        await pilot.press(*"Rosa", "enter")
        for field in ("what", "hours", "tone", "owner"):
            await until(pilot, lambda field=field: page_of(app) == f"welcome/{field}")
            await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "brain/kind")
        await until(pilot, lambda: "Saved so far: Rosa" in shown(app))
        await until(pilot, lambda: "found, 1 model ready" in shown(app))
        await until(pilot, lambda: "Practice" not in shown(app))
        assert kept(tmp_path) == Draft("brain", "kind", "English", "Rosa", tone="warm and brief")


async def test_the_key_is_tried_held_and_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("brain", "kind", name="Rosa"))
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "brain/key")
        await pilot.press("f1")
        await until(pilot, lambda: "https://platform.openai.com/api-keys" in shown(app))
        app.screen.query_one(Input).value = KEY
        await pilot.press("enter")
        await until(pilot, lambda: outside.asked)
        await until(pilot, lambda: "Asking OpenAI to answer and to use a tool · 0 s" in shown(app))
        outside.fail(
            LunaError("OpenAI: refused.", hint="Look at lunatui providers.", code="provider-wrong-key")
        )
        await until(pilot, lambda: "✗ " in shown(app))
        assert "•" * (len(KEY) - 4) + KEY[-4:] in shown(app)
        await until(pilot, lambda: "lunatui" not in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: len(outside.asked) == 2)
        outside.finish(trial())
        await until(pilot, lambda: page_of(app) == "brain/model")
        await until(pilot, lambda: "▸ GPT-6 Sol" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: len(outside.asked) == 3)
        assert outside.asked[2][1].model == "gpt-6-luna"
        outside.finish(trial("gpt-6-luna"))
        await until(pilot, lambda: page_of(app) == "staff/staff")
        assert KEY not in shown(app)
    with outside.asked[1][1].key.expose() as text:
        assert text == KEY
    draft = kept(tmp_path)
    assert (draft.kind, draft.model, draft.keyed) == ("openai", "gpt-6-luna", True)
    assert files_with(tmp_path, KEY) == []


async def test_esc_gives_up_a_trial_and_goes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left(tmp_path, Draft("brain", "key", name="Rosa", kind="ollama"))
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await until(pilot, lambda: "Let us see whether Ollama on this box answers" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: outside.asked)
        await pilot.press("escape")
        await until(pilot, lambda: page_of(app) == "brain/kind")
        await until(pilot, lambda: "▸ Ollama on this box" in shown(app))


async def test_another_brain_forgets_what_was_said_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("brain", "kind", kind="openai", model="gpt-6-luna", keyed=True))
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: page_of(app) == "brain/address")
        await pilot.press(*"http://127.0.0.1:1", "enter")
        await until(pilot, lambda: page_of(app) == "brain/key")
    draft = kept(tmp_path)
    assert (draft.kind, draft.model, draft.keyed, draft.base_url) == (
        "custom",
        "",
        False,
        "http://127.0.0.1:1",
    )


async def test_staff_are_switched_one_by_one_and_luna_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("staff", kind="openai"))
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        assert shown(app).count("●") == 6 + 2
        await pilot.press("space", "up", "space", "enter")
        await until(pilot, lambda: page_of(app) == "lines/lines")
        await until(pilot, lambda: "Saved so far: OpenAI · Luna and 4 more" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "memory/memory")
    assert kept(tmp_path).staff == ("sales-assistant", "operations-manager", "hr-admin", "social-media")
    assert kept(tmp_path).skipped == ("lines",)


@pytest.mark.parametrize(
    ("stage", "field"),
    [
        ("welcome", "language"),
        ("welcome", "who"),
        ("welcome", "pace"),
        ("welcome", "name"),
        ("welcome", "owner"),
        ("brain", "kind"),
        ("brain", "key"),
        ("brain", "model"),
        ("staff", "staff"),
        ("lines", "lines"),
        ("memory", "memory"),
        ("brain", "weak"),
        ("finish", "plan"),
        ("finish", "consent"),
        ("finish", "talk"),
        ("finish", "sheet"),
    ],
)
async def test_it_opens_where_it_was_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, field: str
) -> None:
    draft = replace(ANSWERED, stage=stage, field=field)
    left(tmp_path, draft)
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        assert page_of(app) == f"{stage}/{field}"
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not app.is_running)
    assert kept(tmp_path) == draft


async def test_what_was_typed_is_kept_when_it_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("welcome", "what", name="Rosa"))
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        await pilot.press(*"Cakes", "ctrl+q")
        await until(pilot, lambda: not app.is_running)
    assert kept(tmp_path) == Draft("welcome", "what", name="Rosa", typed="Cakes")


async def test_nothing_is_begun_without_a_yes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left(tmp_path, ANSWERED)
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await until(pilot, lambda: "Every answer is paid for with your key" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: page_of(app) == "finish/plan")
        assert not kept(tmp_path).agreed
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "finish/consent")
        await pilot.press("enter")
        await until(pilot, lambda: outside.asked == [("setup.apply", outside.asked[0][1])])
        assert kept(tmp_path).agreed


@SIZES
async def test_steps_are_shown_with_their_state_and_a_failure_goes_on_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    left(tmp_path, replace(ANSWERED, field="apply", agreed=True))
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside, size=size) as (app, pilot):
        await until(pilot, lambda: outside.asked and "Looking at what is there already" in shown(app))
        outside.emit("plan", steps=STEPS)
        await until(pilot, lambda: "○ Take on Luna" in shown(app))
        outside.emit("step", **STEPS[0], state="running")
        outside.emit("progress", done=1, total=4)
        await until(pilot, lambda: "… Bring the engine onto this box" in shown(app))
        await until(pilot, lambda: "25 %" in shown(app))
        await until(pilot, lambda: "esc Back" not in shown(app))
        outside.emit("step", **STEPS[0], state="done", seconds=3.2)
        outside.emit("step", **STEPS[1], state="running")
        outside.emit("step", **STEPS[1], state="failed")
        outside.fail(Unreachable("The Gateway does not answer.", hint="lunatui gateway start"))
        await until(pilot, lambda: "✗ The engine or the brain did not answer." in shown(app))
        await until(pilot, lambda: "✓ Bring the engine onto this box" in shown(app))
        await until(pilot, lambda: "3 s  done" in shown(app))
        await until(pilot, lambda: "Press enter to go on from here." in shown(app))
        await until(pilot, lambda: "○ One more thing" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: len(outside.asked) == 2)
        outside.emit("plan", steps=[{**step, "index": step["index"] - 1} for step in STEPS[1:]])
        await until(pilot, lambda: "○ Take on Luna" in shown(app))
        await until(pilot, lambda: "✓ Bring the engine onto this box" in shown(app))
        outside.finish(APPLIED)
        await until(pilot, lambda: page_of(app) == "finish/talk")


async def test_a_key_that_is_gone_is_asked_for_and_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, replace(ANSWERED, field="apply", agreed=True))
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await until(pilot, lambda: outside.asked)
        outside.fail(Usage("The brain needs its key.", code="key-missing"))
        await until(pilot, lambda: page_of(app) == "brain/key" and "once more" in shown(app))
        app.screen.query_one(Input).value = KEY
        await pilot.press("enter")
        await until(pilot, lambda: len(outside.asked) == 2)
        outside.finish(trial())
        await until(pilot, lambda: len(outside.asked) == 3)
        assert page_of(app) == "finish/apply"
        assert outside.asked[2][0] == "setup.apply"
        with outside.asked[2][1].key.expose() as text:
            assert text == KEY


@SIZES
async def test_the_first_conversation_and_the_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    left(tmp_path, replace(ANSWERED, field="talk"))
    write_note(make_box(tmp_path).places, SetupNote(skipped=("lines", "hours")))
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside, size=size) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "Luna is thinking… 0 s" in shown(app))
        outside.emit("delta", text_so_far="Good [b]mor\x1b")
        await until(pilot, lambda: "Good [b]mor␛" in shown(app))
        outside.fail(Unreachable("Lost.", code="gateway-lost"))
        await until(pilot, lambda: "✗       The connection to the engine ended before" in shown(app))
        await until(pilot, lambda: "F3 Details" in shown(app))
        assert app.screen.query_one(Input).value.startswith("Hello Luna!")
        await pilot.press("enter")
        await until(pilot, lambda: len(outside.asked) == 2)
        outside.finish(Reply("luna", "Good morning, Rosa!", "agent:luna:main", "run", 0.1, 0.2))
        await until(pilot, lambda: "Good morning, Rosa!" in shown(app))
        await until(pilot, lambda: "press enter to go on" in shown(app))
        await until(pilot, lambda: "Luna is" not in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "finish/sheet")
        await until(pilot, lambda: "link WhatsApp, Telegram or Slack" in shown(app))
        await until(pilot, lambda: "enter Open the dashboard" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DashboardScreen))
    assert not draft_path(make_box(tmp_path).places).exists()


async def test_a_long_wait_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left(tmp_path, replace(ANSWERED, field="talk"))
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: outside.asked)
        conversation = app.screen.query_one(Conversation)
        assert conversation.talk.run
        for seconds, words in ((SLOW + 5, "slower than usual"), (STUCK, "Still nothing after")):
            conversation.talk.run.heard -= seconds
            conversation.show_status()
            await until(pilot, lambda words=words: words in shown(app))


async def test_a_damaged_draft_is_said_and_answered_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = draft_path(make_box(tmp_path).places)
    path.parent.mkdir(parents=True)
    path.write_text("stage = ")
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        await until(pilot, lambda: "cannot be read any more" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "welcome/who")
    assert kept(tmp_path).language == "English"


async def test_german_is_spoken_from_the_next_page_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        await pilot.press("down", "enter")
        await until(pilot, lambda: "◉ Start" in shown(app))
        for _ in ("who", "pace"):
            await pilot.press("enter")
        await until(pilot, lambda: "Wie heißt Ihr Geschäft?" in shown(app))
    assert kept(tmp_path).language == "German"


async def test_in_a_demo_enter_alone_passes_the_brain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(
        tmp_path, Draft("brain", "kind", kind="practice", base_url="http://127.0.0.1:1/v1", model="practice")
    )
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside, key=Secret("practice-word")) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "brain/key")
        await until(pilot, lambda: "a key is here already" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: outside.asked)
        outside.finish(trial("practice", base_url="http://127.0.0.1:1/v1"))
        await until(pilot, lambda: page_of(app) == "staff/staff")
    assert kept(tmp_path).keyed


async def test_a_page_that_waits_for_nobody_repaints_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("brain", "key", name="Rosa", kind="openai"))
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, _pilot):
        (waiting,) = app.screen.query(".waiting").results(Static)
        told: list[object] = []
        monkeypatch.setattr(waiting, "update", told.append)
        for _ in range(3):
            app.screen._tick()
        assert told == []


async def test_who_helps_somebody_reads_the_technical_side_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("welcome", "who", "English"))
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        await until(pilot, lambda: "Advanced on for you" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.desk.advanced and page_of(app) == "welcome/pace")
        await pilot.press("escape")
        await until(pilot, lambda: page_of(app) == "welcome/who")
        await pilot.press("up", "enter")
        await until(pilot, lambda: not app.desk.advanced and page_of(app) == "welcome/pace")


async def test_what_is_behind_a_failure_has_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left(tmp_path, Draft("brain", "key", "English", "Rosa", kind="openai", model="gpt-6-sol"))
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await until(pilot, lambda: "Paste your key" in shown(app))
        await until(pilot, lambda: "F3" not in shown(app))
        await pilot.press(*"sk-1", "enter")
        await until(pilot, lambda: outside.asked)
        outside.fail(LunaError("HTTP 401 from api.openai.com.", code="provider-auth"))
        await until(pilot, lambda: "F3 Details" in shown(app))
        await until(pilot, lambda: "HTTP 401" not in shown(app))
        await pilot.press("f3")
        await until(pilot, lambda: "HTTP 401 from api.openai.com." in shown(app))
