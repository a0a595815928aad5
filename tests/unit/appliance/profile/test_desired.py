"""The gap between a profile and a box, as ordinary operations in the right order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.places import Places
from appliance.profile.desired import Observed, steps
from appliance.profile.load import parse
from appliance.profile.models import Profile

TEXT = """
default_model = "office/small"
[gateway]
port = 19000
[business]
name = "Café Rosa"
[provider]
kind = "custom"
id = "office"
base_url = "http://127.0.0.1:1234/v1"
key = "env:OFFICE_API_KEY"
models = ["small"]
[[agents]]
id = "luna"
[[agents]]
id = "cakes"
name = "Cake Orders"
template = "sales-assistant"
"""
EMPTY = Observed({}, "", gateway_runs=False, business={})


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.from_environment({"HOME": str(tmp_path)})


@pytest.fixture
def profile() -> Profile:
    return parse(TEXT.encode(), "site.toml")


def settled(profile: Profile) -> Observed:
    """A box that is as the profile says."""
    config: dict[str, object] = {
        "gateway": {
            "mode": "local",
            "port": 19000,
            "bind": "loopback",
            "auth": {"mode": "token", "token": "t"},
        },
        "discovery": {"mdns": {"mode": "off"}},
        "agents": {
            "entries": {"luna": {"name": "Luna"}, "cakes": {"name": "Cake Orders"}},
            "defaults": {"model": {"primary": "office/small"}, "models": {"office/small": {}}},
        },
        "models": {
            "providers": {
                "office": {
                    "baseUrl": "http://127.0.0.1:1234/v1",
                    "api": "openai-completions",
                    "apiKey": {"source": "store", "provider": "default", "id": "LUNATUI_OFFICE_KEY"},
                    "models": [{"id": "small", "name": "small"}],
                }
            }
        },
        "wizard": {"lastRunAt": "2026-11-20T00:00:00Z"},
    }
    return Observed(config, "2026.9.6", gateway_runs=True, business=profile.business.model_dump())


def test_an_empty_box_needs_everything_in_an_order_that_works(profile: Profile, places: Places) -> None:
    assert [step.operation for step in steps(profile, EMPTY, places)] == [
        "engine.install",
        "gateway.configure",
        "settings.business",
        "agents.create",
        "agents.create",
        "gateway.start",
        "providers.add",
        "setup.finish",
    ]


def test_a_settled_box_needs_nothing(profile: Profile, places: Places) -> None:
    assert steps(profile, settled(profile), places) == ()


def test_a_second_key_name_of_the_same_provider_is_no_drift(profile: Profile, places: Places) -> None:
    seen = settled(profile)
    seen.config["models"]["providers"]["office"]["apiKey"]["id"] = "LUNATUI_OFFICE_KEY_2"  # type: ignore[index]
    assert steps(profile, seen, places) == ()


def test_only_what_differs_is_a_step(profile: Profile, places: Places) -> None:
    seen = replace(settled(profile), gateway_runs=False)
    assert [step.operation for step in steps(profile, seen, places)] == ["gateway.start"]
    renamed = parse(TEXT.replace("Cake Orders", "Cakes").encode(), "site.toml")
    (step,) = steps(renamed, settled(renamed), places)
    assert (step.operation, dict(step.params)) == ("agents.update", {"agent": "cakes", "name": "Cakes"})


def test_agents_that_the_profile_does_not_name_stay(profile: Profile, places: Places) -> None:
    seen = settled(profile)
    seen.config["agents"]["entries"]["extra"] = {"name": "Extra"}  # type: ignore[index]
    assert steps(profile, seen, places) == ()


def test_another_default_model_is_chosen_by_itself(places: Places) -> None:
    wanted = parse(TEXT.replace('models = ["small"]', 'models = ["small", "large"]').encode(), "site.toml")
    other = wanted.model_copy(update={"default_model": "office/large"})
    names = [step.operation for step in steps(other, EMPTY, places)]
    assert names[-3:] == ["providers.add", "providers.set", "setup.finish"]


def test_the_first_agent_is_protected(profile: Profile, places: Places) -> None:
    created = [step for step in steps(profile, EMPTY, places) if step.operation == "agents.create"]
    assert [step.params["protected"] for step in created] == [True, False]


def test_a_provider_that_never_passed_openclaws_test_is_tested(profile: Profile, places: Places) -> None:
    seen = replace(settled(profile), untested=frozenset({"office", "other"}))
    (step,) = steps(profile, seen, places)
    assert (step.operation, step.target, step.needs_key) == (
        "providers.add",
        "provider office",
        "env:OFFICE_API_KEY",
    )
    assert step.summary == "test, which was cut off"
    assert steps(profile, replace(seen, untested=frozenset({"other"})), places) == ()
