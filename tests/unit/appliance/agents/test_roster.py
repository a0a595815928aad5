"""Reading the roster: who there is, who answers by default, and where each lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from appliance.agents.roster import default_agent, entries, entry_of, model_of, roster, workspace_of
from appliance.errors import Invalid, NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places


def agents(entries_value: dict[str, Any], **rest: Any) -> dict[str, object]:
    return {"agents": {"entries": entries_value, **rest}}


def test_a_box_without_agents_has_none(places: Places) -> None:
    assert roster({}, places) == {}
    assert default_agent({}, places) == ""


def test_openclaws_implicit_agent_counts_once_it_has_state(places: Places) -> None:
    (places.state_dir / "agents" / "main").mkdir(parents=True)
    assert list(roster({}, places)) == ["main"]
    assert default_agent({}, places) == "main"
    assert list(roster(agents({"luna": {}}), places)) == ["luna"]


@pytest.mark.parametrize("value", [[], "x", {"../x": {}}, {"Luna": {}}, {"a b": {}}, {"luna": 1}])
def test_a_roster_openclaw_would_refuse_is_invalid(value: Any) -> None:
    with pytest.raises(Invalid) as caught:
        entries(agents(value))
    assert caught.value.code == "agents-roster"


def test_an_unknown_agent_lists_the_known(places: Places) -> None:
    with pytest.raises(NotFound) as caught:
        entry_of(agents({"luna": {}, "desk": {}}), "nobody", places)
    assert caught.value.code == "agent-unknown"
    assert "luna, desk" in caught.value.hint


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (agents({"a": {}, "b": {}}, defaults={"systemAgent": {"agentId": "b"}}), "b"),
        (agents({"a": {}, "b": {}}, defaults={"systemAgent": {"agentId": "gone"}}), ""),
        (agents({"a": {}, "b": {"default": True}}), "b"),
        (agents({"a": {}}), "a"),
        (agents({"a": {}, "b": {}}), ""),
    ],
)
def test_who_answers_by_default(places: Places, config: dict[str, object], expected: str) -> None:
    assert default_agent(config, places) == expected


def test_workspaces_follow_openclaws_rules(places: Places, tmp_path: Path) -> None:
    state = places.state_dir
    assert workspace_of(agents({"a": {"workspace": "/srv/a"}}), "a", places).as_posix() == "/srv/a"
    assert workspace_of(agents({"a": {"workspace": " ~/a "}}), "a", places) == tmp_path / "a"
    assert workspace_of(agents({"a": {}}), "a", places) == state / "workspace"
    assert workspace_of(agents({"a": {}}, defaults={"workspace": "~/w"}), "a", places) == tmp_path / "w"
    assert workspace_of(agents({"a": {}, "b": {}}), "b", places) == state / "workspace-b"
    two = agents({"a": {}, "b": {}}, defaults={"workspace": "~/w"})
    assert workspace_of(two, "b", places) == tmp_path / "w" / "b"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"model": "p/own"}, ("p/own", False)),
        ({"model": {"primary": "p/own", "fallbacks": ["p/x"]}}, ("p/own", False)),
        ({}, ("p/default", True)),
        ({"model": {"fallbacks": []}}, ("p/default", True)),
    ],
)
def test_the_model_is_its_own_or_the_default(entry: dict[str, object], expected: tuple[str, bool]) -> None:
    config: dict[str, object] = {"agents": {"defaults": {"model": {"primary": "p/default"}}}}
    assert model_of(config, entry) == expected
    assert model_of({"agents": {"defaults": {"model": "p/text"}}}, {}) == ("p/text", True)
    assert model_of({}, {}) == ("", True)
