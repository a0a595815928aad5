"""The brains on the screen: four states, both sizes, testing, choosing and adding one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from textual.content import Content

from appliance.errors import Invalid, LunaError
from appliance.ops.config_edit import Saved
from appliance.ops.core import Change, Plan
from appliance.ops.models import ListModels, ModelFound, ModelList
from appliance.ops.models_estimate import ModelEstimate
from appliance.ops.provider_kinds import FoundServer, FoundServers
from appliance.ops.provider_remove import ProviderRemoved, RemoveProvider
from appliance.ops.provider_save import ProviderAdded
from appliance.ops.provider_show import ProviderDetail, ProviderModel, ProviderRow, Use
from appliance.ops.provider_test import TEST, ProviderTest
from appliance.ops.provider_trial import ProviderStep
from appliance.ops.provider_update import UpdateProvider
from appliance.ops.providers import ProviderList, SetDefault
from screens.providers.screen import ProvidersScreen
from screens.widgets.record_rows import RecordRows
from tests.fakes.shop import read
from tests.unit.screens.desks import Answers, OneScreen, until, visible

if TYPE_CHECKING:
    from pathlib import Path

OPENAI = ProviderRow("openai", "OpenAI", "https://api.openai.com/v1", ("gpt-6-sol",), "x", True, "store")
OFFICE = ProviderRow("office", "office", "http://127.0.0.1:1/v1", ("a", "b"), "in clear", False, "clear")
HOME = ProviderRow("home", "home", "http://127.0.0.1:2/v1", ("q",), "none", False, "none")


USED = ProviderDetail(
    OPENAI,
    "openai",
    "openai-responses",
    (ProviderModel("gpt-6-sol", "GPT-6 Sol"),),
    (
        Use("agents.defaults.model.primary", "openai/gpt-6-sol", ""),
        Use("agents.entries.luna.model", "openai/gpt-6-sol", "luna"),
    ),
    "openai/gpt-6-sol",
    untested=False,
)


CLAUDE = ModelFound(
    "anthropic/claude-x", "Claude", 1_000_000, None, True, None, None, True, default=False, source="provider"
)
UNPRICED = ModelEstimate("office/b", None, None, "30m", 48.0, 20_000, 300, None, None, "")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    steps = (ProviderStep("openclaw", "ok", 812),)
    given = Answers(
        {
            "providers.list": ProviderList("openai/gpt-6-sol", (OPENAI, OFFICE, HOME)),
            "providers.test": ProviderTest("openai", ok=True, steps=steps),
            "providers.show": USED,
            "models.estimate": ModelEstimate(
                "office/b", None, None, "30m", 48.0, 20_000, 300, None, None, ""
            ),
            "providers.update": ProviderAdded("office", (), "", "saved and in use", ()),
            "providers.remove": ProviderRemoved("office", (), (), "saved and in use"),
            "providers.set": Saved(("agents.defaults.model",), "saved and in use"),
            "providers.add": ProviderAdded("anthropic", (), "", "saved and in use", ()),
            "models.list": ModelList((CLAUDE,)),
        },
        {
            "providers.add": Plan("providers.add", (Change("secret ANTHROPIC", "store the key"),)),
            "providers.update": Plan(
                "providers.update", (Change("models.providers.office.baseUrl", "a → b"),)
            ),
            "providers.remove": Plan("providers.remove", (Change("models.providers.openai", "gone"),)),
            "providers.set": Plan("providers.set", (Change("agents.defaults.model", "a → b"),)),
        },
    )
    monkeypatch.setattr("screens.operation_screen.dispatch", given.dispatch)
    monkeypatch.setattr("screens.operation_screen.plan", given.plan)
    return given


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_brains_with_their_keys_in_words(
    answers: Answers, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        text = visible(app)
        assert "3 brains" in text
        assert "kept safe" in text
        assert "▲ readable" in text
        assert "● in use" in text


async def test_no_brain_yet_and_a_broken_file(answers: Answers, tmp_path: Path) -> None:
    answers.answers["providers.list"] = Invalid("Line 3 is odd.", code="config-syntax")
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "✗ The settings file is damaged" in visible(app))
        answers.answers["providers.list"] = ProviderList("", ())
        await pilot.press("r")
        await until(pilot, lambda: "There is no brain yet" in visible(app))


async def test_a_test_names_whom_it_waits_for_and_how_it_went(answers: Answers, tmp_path: Path) -> None:
    answers.answers["providers.test"] = waiting = asyncio.Event()
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await pilot.press("t")
        await until(pilot, lambda: "… Asking OpenAI to answer · 0 s" in visible(app))
        answers.answers["providers.test"] = ProviderTest("openai", False, (), "key", "wrong-key")
        await pilot.press("t")
        await until(pilot, lambda: "✗ The key was not accepted." in visible(app))
        assert "Where to look: the key" in visible(app)
        assert not waiting.is_set()


@pytest.mark.parametrize("well", [True, False])
async def test_how_a_test_went_is_said_under_its_own_brain_or_with_its_name(
    answers: Answers, tmp_path: Path, well: bool
) -> None:
    end: asyncio.Future[ProviderTest] = asyncio.get_running_loop().create_future()
    listed = answers.dispatch

    async def dispatch(box: Any, operation: Any, params: Any, call: Any) -> Any:
        return await (end if operation is TEST else listed(box, operation, params, call))

    app = OneScreen(ProvidersScreen, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("screens.operation_screen.dispatch", dispatch)
        async with app.run_test(size=(120, 36)) as pilot:
            await until(pilot, lambda: "OpenAI" in visible(app))
            await pilot.press("t")
            await until(pilot, lambda: "… Asking OpenAI to answer" in visible(app))
            app.screen.query_one(RecordRows).focus()
            await pilot.press("down")
            await until(pilot, lambda: "Asking OpenAI" not in visible(app))
            await pilot.press("up")
            await until(pilot, lambda: "… Asking OpenAI to answer" in visible(app))
            await pilot.press("down")
            if well:
                end.set_result(ProviderTest("openai", ok=True, steps=()))
            else:
                end.set_exception(LunaError("openai: refused.", code="provider-auth"))
            said = "✓ OpenAI answered." if well else "✗ OpenAI: The key was not accepted."
            await until(pilot, lambda: said in visible(app).splitlines()[-2])
            assert visible(app).count(said[2:]) == 1


async def test_escape_ends_the_wait_for_a_test(answers: Answers, tmp_path: Path) -> None:
    answers.answers["providers.test"] = asyncio.Event()
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await pilot.press("t")
        await until(pilot, lambda: "… Asking OpenAI to answer" in visible(app))
        await pilot.press("escape")
        await until(pilot, lambda: "Asking" not in visible(app))
        assert not [
            worker for worker in app.workers if worker.group == "providers.test" and worker.is_running
        ]


async def test_a_good_test_is_said_step_by_step(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await pilot.press("t")
        await until(pilot, lambda: "✓ OpenAI answered." in visible(app))
        await until(pilot, lambda: "through the engine · 0.8 s" in visible(app))


async def test_another_colour_alone_is_drawn_too(answers: Answers, tmp_path: Path) -> None:
    def colour_of(text: str) -> object:
        strips = app.screen._compositor.render_strips()
        return next(
            (part.style.color for strip in strips for part in strip if text in part.text and part.style), None
        )

    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        screen = app.screen
        assert isinstance(screen, ProvidersScreen)
        seen = set[object]()
        for meaning in ("good", "bad"):
            screen.detail.note(Content.styled("as it is", f"${meaning}"))
            await until(pilot, lambda: colour_of("as it is") not in (None, *seen))
            seen.add(colour_of("as it is"))
        fresh = colour_of("just now")
        answers.answers["providers.list"] = LunaError("No.", code="config-syntax")
        screen.look()
        await until(pilot, lambda: "✗ The settings" in visible(app))
        await until(pilot, lambda: colour_of("just now") not in (None, fresh))


async def test_space_makes_a_brain_with_one_model_the_default(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await pilot.press("G", "space")
        await until(pilot, lambda: answers.params_of("providers.set"))
        assert answers.params_of("providers.set") == [SetDefault("home/q")]


async def test_of_several_models_one_is_chosen(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await pilot.press("j", "enter")
        await until(pilot, lambda: "Which model should answer?" in visible(app))
        await pilot.pause()
        await pilot.press("j", "enter")
        await until(pilot, lambda: "b answers for everyone" in visible(app))
        await until(pilot, lambda: "the price is not published" in visible(app).replace("\n", " "))
        await read(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: answers.params_of("providers.set"))
        assert answers.params_of("providers.set") == [SetDefault("office/b")]


async def test_the_default_is_not_set_again(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await pilot.press("space")
        await until(pilot, lambda: "answers already" in visible(app))
        assert not answers.params_of("providers.set")


async def test_a_key_is_hidden_tested_and_saved_with_the_last_answer(
    answers: Answers, tmp_path: Path
) -> None:
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await pilot.press("n")
        await until(pilot, lambda: "▸ OpenAI" in visible(app))
        await pilot.press("j", "enter")
        await until(pilot, lambda: "Its key" in visible(app))
        await pilot.press(*"sk-ant-secret")
        await pilot.pause()
        await until(pilot, lambda: "secret" not in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "own safe" in visible(app))
        await until(pilot, lambda: "Should it answer for everyone" in visible(app))
        await until(pilot, lambda: "enter Save" in visible(app))
        await read(pilot)
        await pilot.press("k", "enter")
        await until(pilot, lambda: answers.params_of("providers.add"))
        added = answers.params_of("providers.add")[0]
        assert (added.kind, added.default) == ("anthropic", True)
        with added.key.expose() as text:
            assert text == "sk-ant-secret"
        await until(pilot, lambda: "The last step: which of its models?" in visible(app))
        await until(pilot, lambda: "claude-x" in visible(app))
        assert answers.params_of("models.list") == [ListModels("anthropic")]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ProvidersScreen))


async def test_nothing_is_chosen_of_a_brain_that_was_not_added(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await pilot.press("n")
        await until(pilot, lambda: "▸ OpenAI" in visible(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ProvidersScreen))


async def test_what_runs_on_the_box_is_offered_first(answers: Answers, tmp_path: Path) -> None:
    servers = (
        FoundServer("ollama", "http://127.0.0.1:11434", ("qwen4:14b", "gemma4:4b")),
        FoundServer("lmstudio", "http://127.0.0.1:1234/v1", ("local",)),
    )
    answers.answers["providers.detect"] = FoundServers(servers)
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await pilot.press("f")
        await until(pilot, lambda: "▸ Ollama on this box" in visible(app))
        shown = visible(app)
        assert "found, 2 models ready" in shown
        assert shown.index("LM Studio on this box") < shown.index("OpenAI")
        await pilot.press("down", "enter")
        await until(pilot, lambda: bool(answers.planned))
        assert answers.planned[-1][1].kind == "lmstudio"
        assert answers.planned[-1][1].base_url == ""


async def test_nothing_on_the_box_is_said(answers: Answers, tmp_path: Path) -> None:
    answers.answers["providers.detect"] = FoundServers(())
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await pilot.press("f")
        await until(pilot, lambda: "Neither Ollama nor LM Studio runs on this box" in visible(app))
        assert isinstance(app.screen, ProvidersScreen)


async def test_a_refused_key_is_said_under_the_key(answers: Answers, tmp_path: Path) -> None:
    answers.plans["providers.add"] = LunaError("OpenAI: the key was refused.", code="provider-auth")
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await pilot.press("n")
        await until(pilot, lambda: "▸ OpenAI" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Its key" in visible(app))
        await pilot.press(*"sk-x", "enter")
        await until(pilot, lambda: "✗ The key was not accepted." in visible(app))
        await until(pilot, lambda: "Its key" in visible(app))


async def test_who_uses_a_brain_stands_in_its_detail(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "everyone, luna" in visible(app))
        assert "Last test" in visible(app)
        assert "◌ not tested yet" in visible(app)


async def test_a_brain_is_changed_and_what_failed_its_test_is_kept_only_on_demand(
    answers: Answers, tmp_path: Path
) -> None:
    good = answers.plans["providers.update"]
    answers.plans["providers.update"] = LunaError("office: no.", code="provider-refused")
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await pilot.press("j", "e")
        await until(pilot, lambda: "Change office" in visible(app))
        await until(pilot, lambda: "http://127.0.0.1:1/v1" in visible(app))
        assert "F8 keeps" not in visible(app)
        await pilot.press("enter")
        await until(pilot, lambda: "a, b" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Its key" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "✗ Nothing answers" in visible(app))
        assert "F8 keeps it all the same" in visible(app)
        answers.plans["providers.update"] = good
        await pilot.press("f8")
        await until(pilot, lambda: "This will change" in visible(app) or "kept as you" in visible(app))
        await read(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: answers.params_of("providers.update"))
        assert answers.params_of("providers.update") == [
            UpdateProvider("office", "http://127.0.0.1:1/v1", ("a", "b"), anyway=True)
        ]


async def test_a_brain_in_use_goes_when_another_answers(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(ProvidersScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "OpenAI" in visible(app))
        await until(pilot, lambda: any(name == "providers.show" for name, _ in answers.asked))
        await pilot.press("x")
        await until(pilot, lambda: "Who answers instead?" in visible(app))
        assert "gpt-6-sol" not in visible(app)
        await pilot.press("j", "enter")
        await until(pilot, lambda: "goes off this box" in visible(app))
        await read(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: answers.params_of("providers.remove"))
        assert answers.params_of("providers.remove") == [RemoveProvider("openai", "office/b")]
