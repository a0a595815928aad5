"""What an agent may do with which tool, as the real Gateway 2026.9.6 has it, and the same changed."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from appliance.agents.tool_catalog import from_gateway, shipped
from appliance.agents.tool_edits import ToolChoice, tool_edits, widened
from appliance.agents.tools import Effect, effects, policy_of
from appliance.errors import Invalid, NotFound, Refused, Usage

if TYPE_CHECKING:
    from appliance.places import Places
    from tests.unit.appliance.agents.boxes import Box

CATALOG = shipped()
MINIMAL = {"session_status", "gateway"}
SEEN: tuple[tuple[dict[str, Any], dict[str, Any], set[str]], ...] = (
    ({"profile": "minimal"}, {}, MINIMAL),
    (
        {"profile": "minimal", "alsoAllow": ["read", "exec", "browser"]},
        {},
        MINIMAL | {"read", "exec", "browser"},
    ),
    ({"profile": "minimal", "alsoAllow": ["read", "exec"], "deny": ["exec"]}, {}, MINIMAL | {"read"}),
    ({"profile": "coding", "allow": ["read", "message"]}, {}, {"read"}),
    ({"alsoAllow": ["read"]}, {"profile": "minimal"}, MINIMAL | {"read"}),
    ({"alsoAllow": ["read"]}, {"profile": "minimal", "alsoAllow": ["edit"]}, MINIMAL | {"read"}),
    ({"profile": "minimal"}, {"profile": "minimal", "alsoAllow": ["edit"]}, MINIMAL | {"edit"}),
    ({"profile": "minimal", "alsoAllow": ["read", "exec"]}, {"deny": ["group:runtime"]}, MINIMAL | {"read"}),
    ({"profile": "minimal", "alsoAllow": ["read", "exec"]}, {"allow": ["read"]}, {"read"}),
    ({"allow": ["write"]}, {}, {"write", "apply_patch"}),
    ({"allow": ["group:fs"]}, {}, {"ls", "read", "write", "edit", "apply_patch"}),
    ({"allow": ["READ", "bash"]}, {}, {"read", "exec"}),
)
"""An agent's tools settings, everybody's, and the tools it then had."""


def config(own: dict[str, Any], common: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"agents": {"entries": {"hr": {"tools": own}}}, "tools": common or {}}


def held(value: dict[str, Any], places: Places) -> dict[str, Effect]:
    return {each.tool.id: each for each in effects(policy_of(value, "hr", places), CATALOG)}


def usable(value: dict[str, Any], places: Places) -> set[str]:
    return {tool for tool, each in held(value, places).items() if each.state != "never"}


def after(box: Box, choice: ToolChoice) -> dict[str, Any]:
    box.edit(tool_edits(box.config, "hr", choice, CATALOG, box.places))
    found: dict[str, Any] = box.config["agents"]["entries"]["hr"].get("tools", {})
    return found


@pytest.fixture
def staffed(box: Box) -> Box:
    """A box with one agent that has the tools of a template."""
    entry = {"name": "HR", "tools": {"profile": "minimal", "alsoAllow": ["read"], "deny": ["group:runtime"]}}
    agents = {"ownership": "explicit", "entries": {"hr": entry}}
    from appliance.store.edits import Edit

    box.edit((Edit(("agents",), agents),))
    return box


@pytest.mark.parametrize(("own", "common", "tools"), SEEN)
def test_the_tools_are_those_that_the_gateway_gives(
    places: Places, own: dict[str, Any], common: dict[str, Any], tools: set[str]
) -> None:
    assert usable(config(own, common), places) == tools


def test_no_profile_and_a_full_one_hold_nothing_back(places: Places) -> None:
    everything = {tool.id for tool in CATALOG.tools}
    assert usable(config({}), places) == usable(config({"profile": "full"}), places) == everything


def test_what_decides_is_named(places: Places) -> None:
    value = config(
        {"profile": "minimal", "alsoAllow": ["read", "exec"], "deny": ["write"]}, {"deny": ["tts"]}
    )
    found = held(value, places)
    own = "agents.entries.hr.tools"
    assert {
        tool: (found[tool].reason, found[tool].path) for tool in ("read", "write", "tts", "edit", "gateway")
    } == {
        "read": ("also", f"{own}.alsoAllow"),
        "write": ("denied", f"{own}.deny"),
        "tts": ("denied", "tools.deny"),
        "edit": ("not-in-profile", f"{own}.profile"),
        "gateway": ("profile", f"{own}.profile"),
    }


@pytest.mark.parametrize(
    ("commands", "state"),
    [
        ({"mode": "ask"}, "ask"),
        ({"ask": "always"}, "ask"),
        ({"mode": "deny"}, "never"),
        ({"mode": "full"}, "allow"),
    ],
)
def test_commands_are_asked_for_or_switched_off(places: Places, commands: dict[str, str], state: str) -> None:
    assert held(config({"exec": commands}), places)["exec"].state == state
    assert held(config({}, {"exec": commands}), places)["exec"].state == state


def test_a_tool_is_allowed_on_top_of_the_profile(staffed: Box) -> None:
    assert after(staffed, ToolChoice(allow=("edit",)))["alsoAllow"] == ["read", "edit"]


def test_a_tool_denied_with_its_group_leaves_the_rest_of_the_group_denied(staffed: Box) -> None:
    tools = after(staffed, ToolChoice(allow=("exec",)))
    assert tools["deny"] == ["process", "code_execution", "secrets"]
    assert held(staffed.config, staffed.places)["exec"].state == "allow"


def test_commands_can_be_asked_for_and_let_go_again(staffed: Box) -> None:
    assert after(staffed, ToolChoice(ask=("exec",)))["exec"] == {"mode": "ask"}
    assert held(staffed.config, staffed.places)["exec"].state == "ask"
    after(staffed, ToolChoice(allow=("exec",)))
    assert held(staffed.config, staffed.places)["exec"].state == "allow"
    tools = after(staffed, ToolChoice(inherit=("exec",)))
    assert not tools.get("exec")
    assert "exec" not in tools["alsoAllow"]


def test_never_wins_and_as_the_profile_has_it_takes_it_back(staffed: Box) -> None:
    tools = after(staffed, ToolChoice(never=("read", "session_status")))
    assert "alsoAllow" not in tools
    assert tools["deny"] == ["group:runtime", "read", "session_status"]
    tools = after(staffed, ToolChoice(inherit=("session_status",)))
    assert tools["deny"] == ["group:runtime", "read"]


def test_what_everybody_has_stays_when_the_first_of_its_own_is_added(places: Places) -> None:
    value = config({}, {"profile": "minimal", "alsoAllow": ["edit"]})
    (edit,) = tool_edits(value, "hr", ToolChoice(allow=("read",)), CATALOG, places)
    assert (edit.path[-1], edit.value) == ("alsoAllow", ["edit", "read"])


def test_a_list_of_its_own_is_kept_as_narrow_as_it_was(places: Places) -> None:
    value = config({"profile": "coding", "allow": ["read", "message"]})
    changed = copy.deepcopy(value)
    own = changed["agents"]["entries"]["hr"]["tools"]
    for edit in tool_edits(value, "hr", ToolChoice(allow=("tts",)), CATALOG, places):
        own[edit.path[-1]] = edit.value
    assert usable(changed, places) == {"read", "tts"}


def test_what_is_held_back_for_everybody_is_not_promised(places: Places) -> None:
    with pytest.raises(Refused) as caught:
        tool_edits(config({}, {"deny": ["exec"]}), "hr", ToolChoice(allow=("exec",)), CATALOG, places)
    assert caught.value.code == "tool-bound"
    with pytest.raises(Refused):
        tool_edits(config({"deny": ["*"]}), "hr", ToolChoice(allow=("read",)), CATALOG, places)


@pytest.mark.parametrize(
    ("choice", "error", "code"),
    [
        (ToolChoice(), Usage, "tool-twice"),
        (ToolChoice(allow=("read",), never=("read",)), Usage, "tool-twice"),
        (ToolChoice(ask=("browser",)), Usage, "tool-cannot-ask"),
        (ToolChoice(allow=("teleport",)), NotFound, "tool-unknown"),
    ],
)
def test_what_cannot_be_is_said(
    places: Places, choice: ToolChoice, error: type[Exception], code: str
) -> None:
    with pytest.raises(error) as caught:
        tool_edits(config({}), "hr", choice, CATALOG, places)
    assert caught.value.code == code  # type: ignore[attr-defined]


def test_more_power_is_noticed_and_less_is_not(places: Places) -> None:
    little, much = (
        policy_of(config({"profile": "minimal"}), "hr", places),
        policy_of(config({}), "hr", places),
    )
    assert {"exec", "browser", "message"} <= set(widened(little, much, CATALOG))
    assert widened(much, little, CATALOG) == ()


def test_the_shipped_list_is_the_gateways(places: Places) -> None:
    assert usable(config({"profile": "coding"}), places) >= {"exec", "read", "web_search"}
    assert len(CATALOG.tools) > 50


@pytest.mark.parametrize("answer", [None, [], {"groups": [{"id": "fs"}]}, {"groups": ["fs"]}])
def test_a_list_in_another_form_is_refused(answer: object) -> None:
    with pytest.raises(Invalid):
        from_gateway(answer)
