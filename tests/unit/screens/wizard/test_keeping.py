"""What is typed is on disk within a second; a paste sends nothing; the ways that few people take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from appliance.ops.chat_history import Said
from appliance.ops.provider_trial import ProviderStep
from appliance.ops.setup_brain import Brains
from appliance.profile.draft import Draft, draft_path, read_draft, write_draft
from appliance.profile.setup_note import SetupNote, write_note
from tests.fakes.box import make_box
from tests.fakes.shop import shown, until
from tests.fakes.wizard import BRAINS, Outside, page_of, setting_up, trial

KEY = "sk-proj-" + "Zq7" * 12


def left(home: Path, draft: Draft) -> None:
    write_draft(make_box(home).places, draft)


def kept(home: Path) -> Draft:
    return read_draft(make_box(home).places) or Draft()


def files_with(home: Path, text: str) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    ("page", "keys", "typed"),
    [
        (("welcome", "language"), ["down"], "German"),
        (("welcome", "who"), ["down"], "installer"),
        (("welcome", "name"), [*"Ros"], "Ros"),
        (("brain", "kind"), ["down"], "ollama"),
        (("brain", "key"), [*"sk-1"], "•"),
        (("staff", "staff"), ["space"], ",sales-assistant,operations-manager,hr-admin,social-media"),
        (("finish", "consent"), ["down"], "no"),
        (("finish", "talk"), ["H", "i"], "Hi"),
    ],
)
async def test_what_is_typed_is_kept_without_a_key_being_pressed_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: tuple[str, str], keys: list[str], typed: str
) -> None:
    left(tmp_path, Draft(*page, kind="" if page[1] == "kind" else "openai"))
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        await pilot.press(*keys)
        await until(pilot, lambda: kept(tmp_path).typed == typed)
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        assert page_of(app) == "/".join(page)
        if page[1] == "key":
            await until(pilot, lambda: "once more" in shown(app))
            assert app.screen.query_one(Input).value == ""
        elif app.screen.query(Input):
            assert app.screen.query_one(Input).value == typed
        await pilot.press("enter")
        if page[1] == "name":
            await until(pilot, lambda: kept(tmp_path) == Draft("welcome", "what", name="Ros", kind="openai"))


async def test_an_answer_waits_for_typed_text_that_is_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("welcome", "name"))
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        await pilot.press(*"Rosa")
        app.screen._keep_typed()
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "welcome/what")
    assert kept(tmp_path) == Draft("welcome", "what", name="Rosa")


async def test_a_key_in_the_wrong_field_is_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("welcome", "what", name="Rosa"))
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        app.screen.query_one(Input).post_message(events.Paste(KEY))
        await until(pilot, lambda: app.screen.query_one(Input).value == KEY)
        app.screen._keep_typed()
        await pilot.press("enter")
        await until(pilot, lambda: "✗ " in shown(app))
    assert files_with(tmp_path, KEY) == []


@pytest.mark.parametrize("text", [f"\n {KEY[:9]}\n{KEY[9:]}\r\n", f"{KEY}\n", f"  {KEY}  "])
async def test_a_pasted_key_is_one_word_and_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    left(tmp_path, Draft("brain", "key", kind="openai"))
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        field = app.screen.query_one(Input)
        field.post_message(events.Paste(text))
        await until(pilot, lambda: field.value == KEY)
        await until(pilot, lambda: f"•{KEY[-4:]}" in shown(app))
        assert KEY[:8] not in shown(app)
        field.value = "short-key"
        await until(pilot, lambda: "•" * 9 in shown(app))
        assert outside.asked == []


async def test_an_ollama_elsewhere_is_tried_at_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("brain", "kind", kind="ollama"))
    outside = Outside()
    outside.brains = Brains(
        tuple(
            replace(each, found=False, models=()) if each.id == "ollama" else each for each in BRAINS.brains
        )
    )
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "Where does Ollama run?" in shown(app))
        await pilot.press(*"http://192.168.1.20:11434", "enter")
        await until(pilot, lambda: page_of(app) == "brain/key")
        await pilot.press("enter")
        await until(pilot, lambda: outside.asked)
    assert outside.asked[0][1].base_url == "http://192.168.1.20:11434"


async def test_a_model_that_used_no_tool_is_taken_only_with_a_yes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, Draft("brain", "key", kind="ollama"))
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: outside.asked)
        outside.finish(replace(trial("qwen"), steps=(ProviderStep("tool", "warning"),)))
        await until(pilot, lambda: page_of(app) == "brain/weak")
        await until(pilot, lambda: "▸ Choose another one" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "brain/key")
        await pilot.press("enter")
        await until(pilot, lambda: len(outside.asked) == 2)
        outside.finish(replace(trial("qwen"), steps=(ProviderStep("tool", "warning"),)))
        await until(pilot, lambda: page_of(app) == "brain/weak")
        assert not kept(tmp_path).weak
        await pilot.press("down", "enter")
        await until(pilot, lambda: page_of(app) == "staff/staff")
    assert kept(tmp_path).weak


async def test_the_short_way_and_its_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left(tmp_path, Draft("welcome", "pace", kind="ollama", model="qwen"))
    outside = Outside()
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await pilot.press("down", "enter")
        await until(pilot, lambda: page_of(app) == "welcome/name")
        await pilot.press(*"Rosa", "enter")
        await until(pilot, lambda: page_of(app) == "brain/kind")
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "brain/key")
        await pilot.press("enter")
        await until(pilot, lambda: outside.asked)
        outside.finish(trial("qwen"))
        await until(pilot, lambda: page_of(app) == "finish/plan")
        await until(pilot, lambda: "Brought onto this box" in shown(app))
        for words in ("○ Bring the engine onto this box", "○ Take on Luna", "○ Start the engine"):
            assert words in shown(app)
        await until(pilot, lambda: "engine.install" not in shown(app))
        await pilot.press("d")
        await until(pilot, lambda: app.screen.query_one(".technical").display)
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "finish/consent")


async def test_the_talk_goes_on_where_it_was_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left(tmp_path, Draft("finish", "talk"))
    outside = Outside()
    outside.said = (Said("person", "Hello", 1.0), Said("agent", "Good morning [b]", 2.0))
    async with setting_up(tmp_path, monkeypatch, outside) as (app, pilot):
        await until(pilot, lambda: "Good morning [b]" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: page_of(app) == "finish/sheet")
    assert outside.asked == []


async def test_p_writes_a_page_to_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left(tmp_path, Draft("finish", "sheet"))
    write_note(make_box(tmp_path).places, SetupNote(skipped=("hours",)))
    (tmp_path / "Desktop").mkdir()
    async with setting_up(tmp_path, monkeypatch, Outside()) as (app, pilot):
        await until(pilot, lambda: "○ Hours" in shown(app))
        await pilot.press("p")
        await until(pilot, lambda: "Written: luna-setup.html, in the folder Desktop" in shown(app))
        await pilot.press("p")
        await until(pilot, lambda: "luna-setup-2.html" in shown(app))
    page = (tmp_path / "Desktop" / "luna-setup.html").read_text()
    assert "<h2>For later</h2>" in page
    assert draft_path(make_box(tmp_path).places).exists()
