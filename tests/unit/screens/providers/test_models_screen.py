"""The models on the screen: what is known at once, what the brains say, who steps in and in which order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError
from appliance.ops.config_edit import Saved
from appliance.ops.models import ModelFound, ModelList, NotListed, SetFallbacks, SetUtility
from appliance.ops.models_estimate import ModelEstimate
from appliance.ops.provider_save import ProviderAdded
from appliance.ops.provider_show import ProviderRow
from appliance.ops.provider_update import UpdateProvider
from appliance.ops.providers import ProviderList, SetDefault
from screens.providers.models_screen import ModelsScreen
from screens.widgets.record_rows import RecordRows
from tests.unit.screens.desks import Answers, OneScreen, until, visible

if TYPE_CHECKING:
    from pathlib import Path

OFFICE = ProviderRow("office", "office", "https://o.example/v1", ("a", "b", "c"), "x", True, "clear")
HOME = ProviderRow("home", "home", "http://127.0.0.1:2/v1", ("q",), "none", False, "none")
BRAINS = ProviderList("office/a", (OFFICE, HOME), ("office/b", "home/q"), "office/c")


def found(model: str, price: float | None = None, *, configured: bool = True, **more: Any) -> ModelFound:
    facts = {"context_window": None, "tools": None, **more}
    return ModelFound(
        model,
        model,
        facts["context_window"],
        None,
        facts["tools"],
        price,
        price,
        configured,
        default=False,
        source="provider",
    )


MODELS = ModelList(
    (
        found("office/a", 2.5, context_window=400_000, tools=True),
        found("office/d", None, configured=False, tools=False),
        found("home/q", 0.0),
    ),
    (NotListed("home", "refused", "Nothing is listening at this address."),),
)
DAY = ModelEstimate("office/a", 2.5, 2.5, "30m", 48.0, 20_000, 300, 2.44, 73.2, "…")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    saved = Saved(("agents.defaults.model",), "saved and in use")
    given = Answers(
        {
            "providers.list": BRAINS,
            "models.list": MODELS,
            "models.estimate": DAY,
            "models.fallbacks": saved,
            "models.utility": saved,
            "providers.set": saved,
        }
    )
    monkeypatch.setattr("screens.operation_screen.dispatch", given.dispatch)
    return given


def rows(app: OneScreen) -> list[str]:
    return [record.key for record in app.screen.query_one(RecordRows).records]


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_they_stand_in_the_order_in_which_they_answer(
    answers: Answers, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = OneScreen(ModelsScreen, tmp_path)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "5 models" in visible(app))
        assert rows(app) == ["office/a", "office/b", "home/q", "office/c", "office/d"]
        text = visible(app)
        assert "● in use" in text
        assert "✓ steps in, 2." in text
        assert "✓ small tasks" in text
        assert "◌ offered" in text
        assert "$2.5 / $2.5" in text
        await until(pilot, lambda: "about 2.44 dollars a day" in visible(app).replace("\n", " "))


async def test_what_is_in_the_settings_does_not_wait_for_the_brains(answers: Answers, tmp_path: Path) -> None:
    answers.answers["models.list"] = asyncio.Event()
    app = OneScreen(ModelsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "4 models" in visible(app))


async def test_one_steps_in_after_the_others_and_no_longer(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(ModelsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "5 models" in visible(app))
        await pilot.press("f")
        await until(pilot, lambda: "answers for everyone already" in visible(app).replace("\n", " "))
        assert answers.params_of("models.fallbacks") == []
        await pilot.press("G", "f")
        await until(pilot, lambda: answers.params_of("models.fallbacks"))
        assert answers.params_of("models.fallbacks") == [SetFallbacks(("office/b", "home/q", "office/d"))]
        await pilot.press("g", "j", "f")
        await until(pilot, lambda: len(answers.params_of("models.fallbacks")) == 2)
        assert answers.params_of("models.fallbacks")[1] == SetFallbacks(("home/q",))


async def test_one_is_asked_earlier_or_later(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(ModelsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "5 models" in visible(app))
        assert "Earlier" not in visible(app)
        await pilot.press("j", "j")
        await until(pilot, lambda: "+ Earlier" in visible(app))
        await pilot.press("minus", "plus")
        await until(pilot, lambda: answers.params_of("models.fallbacks"))
        assert answers.params_of("models.fallbacks") == [SetFallbacks(("home/q", "office/b"))]


async def test_one_is_used_and_one_does_small_tasks(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(ModelsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "5 models" in visible(app))
        await pilot.press("space", "j", "enter")
        await until(pilot, lambda: answers.params_of("providers.set"))
        assert answers.params_of("providers.set") == [SetDefault("office/b")]
        await pilot.press("u", "j", "j", "u")
        await until(pilot, lambda: len(answers.params_of("models.utility")) == 2)
        assert answers.params_of("models.utility") == [SetUtility("office/b"), SetUtility("")]


async def test_nothing_known_is_said_in_the_stead_of_the_rows(answers: Answers, tmp_path: Path) -> None:
    broken = LunaError("Line 3 is odd.", code="config-syntax")
    answers.answers |= {"providers.list": broken, "models.list": broken}
    app = OneScreen(ModelsScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "✗ The settings file is damaged" in visible(app))
        answers.answers |= {"providers.list": ProviderList("", ()), "models.list": ModelList(())}
        await pilot.press("r")
        await until(pilot, lambda: "There is no model yet" in visible(app))


async def test_o_keeps_an_offered_model_ready_and_lets_another_go(answers: Answers, tmp_path: Path) -> None:
    answers.answers["providers.update"] = ProviderAdded("office", (), "", "saved and in use", ())
    app = OneScreen(lambda desk: ModelsScreen(desk, "office"), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "◌ offered" in visible(app) and "The last step" in visible(app))
        rows = [record.key for record in app.screen.query_one(RecordRows).records]
        assert rows == ["office/a", "office/b", "office/c", "office/d"]
        app.screen.query_one(RecordRows).select("office/d")
        await until(pilot, lambda: "▸ d" in visible(app))
        await pilot.press("o")
        await until(pilot, lambda: answers.params_of("providers.update"))
        assert answers.params_of("providers.update") == [UpdateProvider("office", model=("a", "b", "c", "d"))]
        await until(pilot, lambda: "Saved and in use" in visible(app))


async def test_one_model_has_to_stay(answers: Answers, tmp_path: Path) -> None:
    app = OneScreen(lambda desk: ModelsScreen(desk, "home"), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "free" in visible(app))
        await pilot.press("o")
        await until(pilot, lambda: "One of its models has to stay" in visible(app))
        assert not answers.params_of("providers.update")
