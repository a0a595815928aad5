"""Models: found by asking, priced where somebody says a price, chosen to step in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import NotFound, Usage
from appliance.ops.core import Call, Nothing
from appliance.ops.dispatch import dispatch
from appliance.ops.models import (
    FALLBACKS,
    LIST,
    UTILITY,
    ListModels,
    ModelFound,
    SetFallbacks,
    SetUtility,
    as_text,
)
from appliance.ops.models_estimate import ESTIMATE, EstimateModel
from appliance.ops.provider_kinds import DETECT, KINDS, Detect
from appliance.ops.undo import OPERATIONS as UNDO
from appliance.practice.server import PracticeServer
from appliance.providers.cost import runs_a_day, seconds_of
from tests.fakes.box import make_box
from tests.unit.appliance.providers.raw_server import RawServer, http_answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.api import Appliance

CALL = Call("human:rosa", "cli")
KEY = "sk-models-planted-7788"
ROUTER = {
    "data": [
        {
            "id": "maker/large",
            "name": "Large",
            "context_length": 200_000,
            "pricing": {"prompt": "0.000002", "completion": "0.00001"},
            "supported_parameters": ["max_tokens", "tools"],
        },
        {"id": "maker/plain", "pricing": {"prompt": "oops"}, "supported_parameters": ["max_tokens"]},
    ]
}


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    with PracticeServer(pace=0) as server:
        yield server


def row(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "name": name, **more}


def box_with(home: Path, providers: dict[str, Any], **defaults: Any) -> Appliance:
    path = home / ".openclaw" / "openclaw.json"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    config = {
        "gateway": {"port": 1},
        "models": {"providers": providers},
        "agents": {"defaults": defaults, "entries": {"luna": {"name": "Luna"}}},
    }
    path.write_text(json.dumps(config))
    return make_box(home)


def office(url: str, *models: dict[str, Any], api: str = "openai-completions") -> dict[str, Any]:
    return {"baseUrl": url, "api": api, "apiKey": KEY, "models": list(models)}


def defaults_of(box: Appliance) -> Any:
    value: Any = box.config.read().value
    return value["agents"]["defaults"]


async def test_every_provider_says_what_it_has(tmp_path: Path, practice: PracticeServer) -> None:
    with RawServer(http_answer(200, json.dumps(ROUTER).encode())) as router:
        # Its price counts only where it is not in the own network.
        box = box_with(
            tmp_path,
            {
                "home": office(practice.origin, row("practice"), api="ollama"),
                "router": office(router.url, row("maker/large"), row("own", contextWindow=9_000)),
            },
            model={"primary": "router/maker/large"},
        )
        found = await dispatch(box, LIST, ListModels(), CALL)
    by_name = {item.model: item for item in found.models}
    home = by_name["home/practice"]
    assert (home.context_window, home.tools, home.configured) == (131_072, True, True)
    assert by_name["home/practice-notools"].tools is False
    large = by_name["router/maker/large"]
    assert (large.context_window, large.tools, large.default, large.source) == (
        200_000,
        True,
        True,
        "provider",
    )
    assert by_name["router/own"].context_window == 9_000
    assert by_name["router/own"].source == "settings"
    assert by_name["router/maker/plain"].tools is False
    assert found.not_listed == ()
    assert KEY not in repr(found)


async def test_one_that_does_not_say_is_named_and_its_settings_count(
    tmp_path: Path, practice: PracticeServer
) -> None:
    with RawServer(http_answer(401, b"{}")) as refusing:
        box = box_with(tmp_path, {"a": office(refusing.url, row("m")), "b": office(practice.base_url)})
        found = await dispatch(box, LIST, ListModels(), CALL)
    assert [(item.provider, item.code) for item in found.not_listed] == [("a", "wrong-key")]
    assert "a/m" in {item.model for item in found.models}
    assert "✗ a: The key was not accepted." in as_text(found)
    with pytest.raises(NotFound):
        await dispatch(box, LIST, ListModels("nobody"), CALL)


def test_a_line_says_what_a_model_costs() -> None:
    paid = ModelFound("a/b", "B", 1_000, None, True, 2.0, 10.0, True, False, "openclaw")
    assert "$2 in, $10 out a million" in as_text(replace_in(paid))
    assert "price not published" in as_text(replace_in(replace(paid, input_price=None)))
    assert "free" in as_text(replace_in(replace(paid, input_price=0.0, output_price=0.0)))


def replace_in(item: ModelFound) -> Any:
    from appliance.ops.models import ModelList

    return ModelList((item,))


async def test_the_models_that_step_in_keep_their_order(tmp_path: Path, practice: PracticeServer) -> None:
    providers = {"a": office(practice.base_url, row("one"), row("two"), row("three"))}
    box = box_with(tmp_path, providers, model="a/one")
    await dispatch(box, FALLBACKS, SetFallbacks(("a/three", "a/one", "a/two", "a/three")), CALL)
    assert defaults_of(box)["model"] == {"primary": "a/one", "fallbacks": ["a/three", "a/two"]}
    assert set(defaults_of(box)["models"]) == {"a/three", "a/two"}
    await dispatch(box, FALLBACKS, SetFallbacks(("a/two", "a/three")), CALL)
    assert defaults_of(box)["model"]["fallbacks"] == ["a/two", "a/three"]
    same = await dispatch(box, FALLBACKS, SetFallbacks(("a/two", "a/three")), CALL)
    assert same.state == "unchanged"
    await dispatch(box, FALLBACKS, SetFallbacks(), CALL)
    assert defaults_of(box)["model"] == {"primary": "a/one"}
    await dispatch(box, UNDO[0], UNDO[0].params(), CALL)
    assert defaults_of(box)["model"]["fallbacks"] == ["a/two", "a/three"]


async def test_nobody_steps_in_for_nobody_and_only_what_is_there(
    tmp_path: Path, practice: PracticeServer
) -> None:
    box = box_with(tmp_path, {"a": office(practice.base_url, row("one"))})
    with pytest.raises(NotFound) as refused:
        await dispatch(box, FALLBACKS, SetFallbacks(("a/one",)), CALL)
    assert refused.value.code == "no-default"
    box = box_with(tmp_path, {"a": office(practice.base_url, row("one"))}, model={"primary": "a/one"})
    with pytest.raises(NotFound):
        await dispatch(box, FALLBACKS, SetFallbacks(("a/nine",)), CALL)
    with pytest.raises(Usage):
        await dispatch(box, FALLBACKS, SetFallbacks(("one",)), CALL)


async def test_the_model_for_small_tasks(tmp_path: Path, practice: PracticeServer) -> None:
    box = box_with(tmp_path, {"a": office(practice.base_url, row("one"), row("two"))}, model="a/one")
    await dispatch(box, UTILITY, SetUtility("a/two"), CALL)
    assert defaults_of(box)["utilityModel"] == "a/two"
    await dispatch(box, UTILITY, SetUtility(), CALL)
    assert "utilityModel" not in defaults_of(box)
    with pytest.raises(NotFound):
        await dispatch(box, UTILITY, SetUtility("a/nine"), CALL)


async def test_a_heartbeat_is_reckoned_from_the_settings(tmp_path: Path) -> None:
    priced = row("one", cost={"input": 2, "output": 10, "cacheRead": 0, "cacheWrite": 0})
    unknown = row("two", cost={"input": 0, "output": 0})
    providers = {
        "cloud": office("https://api.example.com/v1", priced, unknown),
        "home": office("http://127.0.0.1:11434", row("q"), api="ollama"),
    }
    box = box_with(tmp_path, providers, model="cloud/one", heartbeat={"every": "1h"})
    found = await dispatch(box, ESTIMATE, EstimateModel(), CALL)
    assert (found.model, found.every, found.runs_a_day) == ("cloud/one", "1h", 24.0)
    assert found.dollars_a_day == pytest.approx(24 * (20_000 * 2 + 300 * 10) / 1e6)
    assert found.dollars_a_month == pytest.approx(found.dollars_a_day * 30)
    assert "20,000" in found.assumed
    own = await dispatch(box, ESTIMATE, EstimateModel("cloud/one", "30m", 1_000_000, 100_000), CALL)
    assert own.dollars_a_day == pytest.approx(48 * 3.0)
    silent = await dispatch(box, ESTIMATE, EstimateModel("cloud/two"), CALL)
    assert (silent.input_price, silent.dollars_a_day) == (None, None)
    free = await dispatch(box, ESTIMATE, EstimateModel("home/q"), CALL)
    assert (free.input_price, free.dollars_a_day) == (0.0, 0.0)
    never = await dispatch(box, ESTIMATE, EstimateModel("cloud/one", "0m"), CALL)
    assert never.dollars_a_day == 0.0
    role = await dispatch(box, ESTIMATE, EstimateModel("cloud/one", template="luna"), CALL)
    assert role.scheduled_runs_a_day == pytest.approx(6 / 7, abs=0.001)
    assert role.scheduled_dollars_a_day == pytest.approx(6 / 7 * (20_000 * 2 + 300 * 10) / 1e6, abs=0.0001)
    assert role.dollars_a_day == found.dollars_a_day
    for wrong in (EstimateModel("cloud/one", "often"), EstimateModel("one"), EstimateModel("a/b", "", -1)):
        with pytest.raises(Usage):
            await dispatch(box, ESTIMATE, wrong, CALL)


async def test_an_agent_is_reckoned_with_its_own_model_and_heartbeat(tmp_path: Path) -> None:
    own = {"name": "Luna", "model": "cloud/two", "heartbeat": {"every": "2h"}}
    providers = {"cloud": office("https://cloud.example/v1", row("two"))}
    box = box_with(tmp_path, providers, model="cloud/one", heartbeat={"every": "1h"})
    config = box.places.config_path
    value = json.loads(config.read_text())
    value["agents"]["entries"] = {"luna": own}
    config.write_text(json.dumps(value))
    found = await dispatch(box, ESTIMATE, EstimateModel(agent="luna"), CALL)
    assert (found.model, found.every, found.runs_a_day) == ("cloud/two", "2h", 12.0)


@pytest.mark.parametrize(
    ("cron", "runs"),
    [
        ("30 7 * * 1-5", 5 / 7),
        ("0 9 1 * *", 12 / 365.25),
        ("*/15 * * * *", 96.0),
        ("0 8 * * 1,4", 2 / 7),
        ("0 6-10/2 * * *", 3.0),
        ("0 0 1 1 *", 1 / 365.25),
        ("@daily", 0.0),
        ("0 0 * * fri", 0.0),
    ],
)
def test_how_often_a_schedule_comes_round(cron: str, runs: float) -> None:
    assert runs_a_day(cron) == pytest.approx(runs)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30m", 1_800), ("1h30m", 5_400), ("45", 2_700), ("90s", 90), ("1d", 86_400), ("x", None), ("", None)],
)
def test_spans_as_openclaw_writes_them(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


async def test_what_may_be_added_without_an_engine(tmp_path: Path) -> None:
    box = box_with(tmp_path, {})
    found = await dispatch(box, KINDS, Nothing(), CALL)
    names = {item.id for item in found.kinds}
    assert {"openai", "anthropic", "google", "openrouter", "zai", "qwen", "minimax", "synthetic"} <= names
    assert {"vercel-ai-gateway", "lmstudio", "ollama", "custom"} <= names
    assert found.engine == ""


async def test_servers_are_found_at_an_address_that_was_given(
    tmp_path: Path, practice: PracticeServer
) -> None:
    box = box_with(tmp_path, {})
    found = (await dispatch(box, DETECT, Detect(practice.origin), CALL)).found
    assert [(item.kind, item.base_url) for item in found] == [("ollama", practice.origin)]
    assert "practice" in found[0].models
    paths = {item.path for item in practice.requests}
    assert paths == {"/api/tags", "/v1/models"}
    with pytest.raises(Usage):
        await dispatch(box, DETECT, Detect("ftp://x"), CALL)
