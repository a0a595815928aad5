"""Making, changing and archiving agents, carried out on a real folder and a real config text."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.agents.business import BusinessProfile
from appliance.agents.catalog import TEMPLATE_IDS, template
from appliance.agents.listing import list_agents
from appliance.agents.marker import marker_path, read_marker
from appliance.agents.matrix import matrix
from appliance.agents.models import AgentChanges, AgentSpec, ToolsPolicy
from appliance.agents.service import archive_steps, create_many_steps, create_steps, missing, update_edits
from appliance.errors import Conflict, LunaError, NotFound, Refused, Usage
from appliance.store.steps import EditConfig, MoveToTrash
from tests.unit.appliance.agents.boxes import box_with

if TYPE_CHECKING:
    from appliance.places import Places
    from tests.unit.appliance.agents.boxes import Box

DAY = datetime.date(2026, 11, 20)
CAFE = BusinessProfile(name="Café Rosa", timezone="Europe/London")
SIX = tuple(AgentSpec(each, template(each).name, each, protected=each == "luna") for each in TEMPLATE_IDS)
DESK = AgentSpec("desk", "Desk", None, "Takes messages.")


def make(box: Box, *specs: AgentSpec) -> tuple[str, ...]:
    plan = create_many_steps(box.config, specs, CAFE, box.places, today=DAY)
    box.carry_out(plan)
    return plan.notes


def test_six_agents_come_to_be_with_texts_before_the_config(box: Box) -> None:
    plan = create_many_steps(box.config, SIX, CAFE, box.places, today=DAY)
    assert [isinstance(step, EditConfig) for step in plan.steps].count(True) == 1
    assert isinstance(plan.steps[-1], EditConfig)
    box.carry_out(plan)

    assert list(box.config["agents"]["entries"]) == list(TEMPLATE_IDS)
    assert box.config["agents"]["ownership"] == "explicit"
    assert box.config["agents"]["defaults"] == {
        "systemAgent": {"agentId": "luna"},
        "userTimezone": "Europe/London",
    }
    for each in TEMPLATE_IDS:
        workspace = box.places.state_dir / "workspaces" / each
        assert box.config["agents"]["entries"][each]["workspace"] == str(workspace)
        assert workspace.stat().st_mode & 0o777 == 0o700
        for name in ("IDENTITY.md", "SOUL.md", "AGENTS.md", "USER.md"):
            assert (workspace / name).stat().st_mode & 0o777 == 0o600
            assert "Café Rosa" in (workspace / "AGENTS.md").read_text()
    assert plan.kept == ()
    report = box.store.validate()
    assert (report.valid, report.problems, report.warnings) == (True, (), ())


def test_an_entry_holds_only_keys_of_openclaws_schema(box: Box) -> None:
    make(box, replace(SIX[0], model="p/m"))
    entry = box.config["agents"]["entries"]["luna"]
    assert entry.keys() == {
        "name", "description", "workspace", "identity", "skills", "tools", "model", "subagents"
    }  # fmt: skip
    assert entry["tools"]["fs"] == {"workspaceOnly": True}
    assert entry["subagents"] == {"allowAgents": ["*"]}
    assert entry["identity"] == {"name": "Luna", "emoji": "🌙"}


def test_what_the_wish_says_wins_over_the_template(box: Box) -> None:
    own = ToolsPolicy(profile="full", own_folder_only=False)
    make(box, AgentSpec("mia", "Mia", "customer-support", "Answers\nall.", "🦊", "p/m", own, ("weather",)))
    entry = box.config["agents"]["entries"]["mia"]
    assert entry["tools"] == {"profile": "full"}
    assert entry["skills"] == ["weather"]
    assert entry["description"] == "Answers all."
    assert entry["identity"]["emoji"] == "🦊"
    assert entry["model"] == "p/m"


def test_a_second_agent_leaves_the_first_and_the_defaults_alone(box: Box) -> None:
    make(box, SIX[0])
    before = box.config
    make(box, DESK)
    after = box.config
    assert after["agents"]["entries"].pop("desk")
    assert after == before


def test_existing_texts_are_kept_and_named(box: Box) -> None:
    workspace = box.places.state_dir / "workspaces" / "desk"
    workspace.mkdir(parents=True)
    (workspace / "SOUL.md").write_text("mine")
    plan = create_steps(box.config, DESK, CAFE, box.places, today=DAY)
    box.carry_out(plan)
    assert plan.kept == (workspace / "SOUL.md",)
    assert (workspace / "SOUL.md").read_text() == "mine"
    assert (workspace / "AGENTS.md").exists()


def test_a_dangling_link_in_place_of_a_text_is_not_written_through(box: Box) -> None:
    workspace = box.places.state_dir / "workspaces" / "desk"
    workspace.mkdir(parents=True)
    (workspace / "SOUL.md").symlink_to(box.places.user_home / "elsewhere")
    box.carry_out(create_steps(box.config, DESK, CAFE, box.places, today=DAY))
    assert not (box.places.user_home / "elsewhere").exists()


@pytest.mark.parametrize("odd", ["file", "link"])
def test_a_workspace_that_is_no_folder_is_refused(box: Box, odd: str) -> None:
    workspace = box.places.state_dir / "workspaces" / "desk"
    workspace.parent.mkdir(parents=True)
    if odd == "file":
        workspace.write_text("x")
    else:
        workspace.symlink_to(box.places.user_home)
    with pytest.raises(Conflict) as caught:
        create_steps(box.config, DESK, CAFE, box.places)
    assert caught.value.code == "workspace-odd"


@pytest.mark.parametrize("theirs", ["workspaces", "workspaces/desk/inner"])
def test_workspaces_are_never_nested(box: Box, theirs: str) -> None:
    box = box_with(box.places, {"agents": {"entries": {"a": {"workspace": f"~/.openclaw/{theirs}"}}}})
    with pytest.raises(Conflict) as caught:
        create_steps(box.config, DESK, CAFE, box.places)
    assert caught.value.code == "workspace-nested"


@pytest.mark.parametrize(
    ("spec", "kind", "code"),
    [
        (replace(DESK, id="Desk 1"), Usage, "agent-id"),
        (replace(DESK, name=" \n"), Usage, "agent-name"),
        (replace(DESK, name="x" * 81), Usage, "agent-name"),
        (replace(DESK, description="x" * 401), Usage, "agent-description"),
        (replace(DESK, emoji="x" * 17), Usage, "agent-emoji"),
        (replace(DESK, template="nope"), NotFound, "template-unknown"),
        (replace(DESK, id="luna"), Conflict, "agent-exists"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(
    box: Box, spec: AgentSpec, kind: type[LunaError], code: str
) -> None:
    make(box, SIX[0])
    with pytest.raises(kind) as caught:
        create_steps(box.config, spec, CAFE, box.places)
    assert caught.value.code == code


def test_the_same_id_twice_in_one_wish_is_refused(box: Box) -> None:
    with pytest.raises(Conflict):
        create_many_steps(box.config, (DESK, DESK), CAFE, box.places)


def test_missing_names_those_that_are_not_there(box: Box) -> None:
    assert missing(box.config, SIX, box.places) == SIX
    make(box, *SIX[:2])
    assert missing(box.config, SIX, box.places) == SIX[2:]
    assert create_many_steps(box.config, (), CAFE, box.places).steps == ()


def test_the_template_and_protection_are_remembered_outside_openclaws_config(box: Box) -> None:
    make(box, *SIX[:2])
    assert read_marker(box.places, "luna").protected
    assert not read_marker(box.places, "customer-support").protected
    assert [agent.template for agent in list_agents(box.config, box.places)] == ["luna", "customer-support"]
    assert "protected" not in box.places.config_path.read_text()


def test_notes_left_by_an_earlier_agent_of_that_id_are_replaced(box: Box) -> None:
    notes = marker_path(box.places, "desk")
    notes.parent.mkdir(parents=True)
    notes.write_text('protected = true\ntemplate = "luna"\n')
    make(box, DESK)
    assert not read_marker(box.places, "desk").protected
    assert "luna" in box.in_trash("desk.toml").read_text()


def test_notes_that_cannot_be_read_count_as_protection(box: Box) -> None:
    make(box, SIX[0], DESK)
    marker_path(box.places, "desk").write_text("protected = ")
    with pytest.raises(Refused) as caught:
        archive_steps(box.config, "desk", box.places)
    assert caught.value.code == "agent-protected"


def test_an_agent_of_a_template_we_do_not_know_stands_in_nobodys_way(box: Box) -> None:
    make(box, SIX[0], DESK)
    marker_path(box.places, "desk").write_text('protected = false\ntemplate = "of-a-newer-lunatui"\n')
    make(box, SIX[1])
    box.carry_out(archive_steps(box.config, SIX[1].id, box.places))
    box.carry_out(archive_steps(box.config, "desk", box.places))
    assert list(box.config["agents"]["entries"]) == ["luna"]


def test_a_sole_agent_keeps_its_folder_and_its_channels_when_a_second_comes(places: Places) -> None:
    box = box_with(places, {"agents": {"entries": {"main": {}}}, "channels": {"telegram": {"botToken": "x"}}})
    notes = make(box, SIX[0])
    agents = box.config["agents"]
    assert agents["entries"]["main"] == {"workspace": str(places.state_dir / "workspace")}
    assert agents["defaults"]["systemAgent"] == {"agentId": "main"}
    assert box.config["bindings"] == [{"agentId": "main", "match": {"channel": "telegram", "accountId": "*"}}]
    assert any("main" in note and "telegram" in note for note in notes)


def test_openclaws_implicit_agent_stays_when_it_has_been_used(box: Box) -> None:
    (box.places.state_dir / "agents" / "main").mkdir(parents=True)
    notes = make(box, SIX[0])
    assert box.config["agents"]["entries"]["main"] == {"workspace": str(box.places.state_dir / "workspace")}
    assert [agent.id for agent in list_agents(box.config, box.places)] == ["main", "luna"]
    assert "main" in notes[0]


def test_unowned_channels_go_to_who_answers_customers(places: Places) -> None:
    box = box_with(places, {"channels": {"telegram": {}, "slack": {}}, "bindings": []})
    make(box, *SIX)
    rules = box.config["bindings"]
    assert [rule["match"]["channel"] for rule in rules] == ["telegram", "slack"]
    assert {rule["agentId"] for rule in rules} == {"customer-support"}


def test_a_known_timezone_and_system_agent_are_not_changed(places: Places) -> None:
    defaults = {"userTimezone": "UTC", "systemAgent": {"agentId": "a"}}
    box = box_with(
        places, {"agents": {"entries": {"a": {}, "b": {}}, "defaults": defaults, "ownership": "explicit"}}
    )
    make(box, SIX[0])
    assert box.config["agents"]["defaults"] == defaults


def test_changes_become_edits_only_where_something_differs(box: Box) -> None:
    make(box, DESK)
    changes = AgentChanges("Front Desk", "Greets.", "🛎️", "p/m")
    box.edit(update_edits(box.config, "desk", changes, box.places))
    entry = box.config["agents"]["entries"]["desk"]
    assert (entry["name"], entry["identity"]["name"]) == ("Front Desk", "Front Desk")
    assert (entry["description"], entry["identity"]["emoji"], entry["model"]) == ("Greets.", "🛎️", "p/m")
    assert update_edits(box.config, "desk", changes, box.places) == ()
    assert update_edits(box.config, "desk", AgentChanges(), box.places) == ()


def test_a_model_with_fallbacks_keeps_them_until_it_is_taken_away(places: Places) -> None:
    entry = {"model": {"primary": "p/a", "fallbacks": ["p/b"]}}
    box = box_with(places, {"agents": {"entries": {"a": entry}}})
    box.edit(update_edits(box.config, "a", AgentChanges(model="p/c"), places))
    assert box.config["agents"]["entries"]["a"]["model"] == {"primary": "p/c", "fallbacks": ["p/b"]}
    box.edit(update_edits(box.config, "a", AgentChanges(model=""), places))
    assert "model" not in box.config["agents"]["entries"]["a"]


def test_changing_nobody_is_not_found(box: Box) -> None:
    with pytest.raises(NotFound):
        update_edits(box.config, "nobody", AgentChanges(name="x"), box.places)


def test_archiving_takes_the_config_first_and_moves_the_folder_to_the_trash(box: Box) -> None:
    make(box, *SIX)
    before = (box.places.state_dir / "workspaces" / "hr-admin" / "SOUL.md").read_text()
    plan = archive_steps(box.config, "hr-admin", box.places)
    assert isinstance(plan.steps[0], EditConfig)
    box.carry_out(plan)
    assert "hr-admin" not in box.config["agents"]["entries"]
    assert not (box.places.state_dir / "workspaces" / "hr-admin").exists()
    assert (box.in_trash("hr-admin") / "SOUL.md").read_text() == before
    assert not marker_path(box.places, "hr-admin").exists()
    assert any("conversations" in note for note in plan.notes)


def test_the_protected_agent_and_the_last_one_are_refused(box: Box) -> None:
    make(box, SIX[0])
    with pytest.raises(Refused) as caught:
        archive_steps(box.config, "luna", box.places)
    assert caught.value.code == "agent-protected"
    alone = box_with(box.places, {"agents": {"entries": {"desk": {}}}})
    with pytest.raises(Refused) as caught:
        archive_steps(alone.config, "desk", box.places)
    assert caught.value.code == "agent-last"
    with pytest.raises(NotFound):
        archive_steps(alone.config, "nobody", box.places)


def test_archiving_re_points_what_named_the_agent(box: Box) -> None:
    make(box, SIX[0], SIX[1], DESK)
    config = box.config | {
        "channels": {"telegram": {}, "slack": {}},
        "bindings": [
            {"agentId": "desk", "match": {"channel": "telegram"}},
            {"agentId": "luna", "match": {"channel": "slack"}},
        ],
        "hooks": {"mappings": [{"agentId": "desk"}]},
    }
    config["agents"]["defaults"]["systemAgent"]["agentId"] = "desk"
    config["agents"]["defaults"]["heartbeat"] = {"agentId": "desk"}
    box = box_with(box.places, config)
    plan = archive_steps(box.config, "desk", box.places)
    box.carry_out(plan)
    assert box.config["agents"]["defaults"]["systemAgent"] == {"agentId": "luna"}
    assert box.config["agents"]["defaults"]["heartbeat"] == {"agentId": "luna"}
    assert [(each["agentId"], each["match"]["channel"]) for each in box.config["bindings"]] == [
        ("customer-support", "telegram"),
        ("luna", "slack"),
    ]
    assert box.config["hooks"]["mappings"] == [{"agentId": "luna"}]
    said = " ".join(plan.notes)
    for words in (
        "hooks.mappings.0.agentId",
        "On telegram, everyone: Desk → Customer Support",
        "systemAgent",
    ):
        assert words in said


def test_a_named_heir_takes_all_of_it(box: Box) -> None:
    make(box, SIX[0], SIX[1], DESK)
    config = box.config | {
        "channels": {"telegram": {}},
        "bindings": [{"agentId": "desk", "match": {"channel": "telegram"}}],
        "talk": {"agentId": "desk"},
    }
    config["agents"]["entries"]["customer-support"]["subagents"] = {"allowAgents": ["desk", "luna"]}
    box = box_with(box.places, config)
    plan = archive_steps(box.config, "desk", box.places, "luna")
    box.carry_out(plan)
    assert box.config["bindings"] == [{"agentId": "luna", "match": {"channel": "telegram"}}]
    assert box.config["talk"] == {"agentId": "luna"}
    assert box.config["agents"]["entries"]["customer-support"]["subagents"] == {"allowAgents": ["luna"]}
    assert matrix(box.config).dangling == ()


@pytest.mark.parametrize(("heir", "code"), [("desk", "heir-same"), ("nobody", "agent-unknown")])
def test_an_heir_has_to_be_somebody_else(box: Box, heir: str, code: str) -> None:
    make(box, SIX[0], DESK)
    with pytest.raises(LunaError) as told:
        archive_steps(box.config, "desk", box.places, heir)
    assert told.value.code == code


def test_the_one_that_is_left_keeps_its_folder(places: Places) -> None:
    box = box_with(places, {"agents": {"entries": {"a": {}, "b": {}}, "ownership": "explicit"}})
    box.carry_out(archive_steps(box.config, "b", places))
    assert box.config["agents"]["entries"] == {"a": {"workspace": str(places.state_dir / "workspace-a")}}


@pytest.mark.parametrize("workspace", ["/srv", "~", "~/.openclaw", "~/.openclaw/workspaces/luna"])
def test_a_folder_that_is_not_only_the_agents_own_stays(box: Box, workspace: str) -> None:
    make(box, SIX[0])
    config = box.config
    config["agents"]["entries"]["odd"] = {"workspace": workspace}
    plan = archive_steps(config, "odd", box.places)
    assert not [step for step in plan.steps if isinstance(step, MoveToTrash)]


def test_an_archived_agent_can_be_made_again(box: Box) -> None:
    make(box, SIX[0], DESK)
    box.carry_out(archive_steps(box.config, "desk", box.places))
    make(box, DESK)
    assert [agent.id for agent in list_agents(box.config, box.places)] == ["luna", "desk"]


def test_notes_that_already_say_so_are_left(box: Box) -> None:
    make(box, SIX[0], DESK)
    notes = marker_path(box.places, "desk").read_bytes()
    (box.places.home / "kept").write_bytes(notes)
    box.carry_out(archive_steps(box.config, "desk", box.places))
    (box.places.home / "kept").rename(marker_path(box.places, "desk"))
    make(box, DESK)
    assert marker_path(box.places, "desk").read_bytes() == notes
    assert box.in_trash("desk.toml").read_bytes() == notes


def test_a_workspace_that_became_a_link_stays_and_is_named(box: Box) -> None:
    make(box, SIX[0], DESK)
    workspace = box.places.state_dir / "workspaces" / "desk"
    workspace.rename(box.places.user_home / "moved")
    workspace.symlink_to(box.places.user_home / "moved")
    plan = archive_steps(box.config, "desk", box.places)
    assert any("it is a link" in note for note in plan.notes)
    box.carry_out(plan)
    assert (box.places.user_home / "moved" / "SOUL.md").exists()


def test_an_old_list_of_agents_is_read_but_not_changed(places: Places) -> None:
    box = box_with(places, {"agents": {"list": [{"id": "main", "name": "Main"}, {"id": "desk"}]}})
    assert [agent.name for agent in list_agents(box.config, places)] == ["Main", "desk"]
    for attempt in (
        lambda: create_steps(box.config, SIX[0], CAFE, places),
        lambda: update_edits(box.config, "desk", AgentChanges(name="x"), places),
        lambda: archive_steps(box.config, "desk", places),
    ):
        with pytest.raises(Refused) as caught:
            attempt()
        assert caught.value.code == "agents-old-layout"


def test_comments_of_the_owner_survive_making_and_archiving(box: Box) -> None:
    text = '{\n  // mine\n  gateway: { mode: "local" }, // here\n}\n'
    box.places.config_path.write_text(text)
    make(box, SIX[0], DESK)
    box.carry_out(archive_steps(box.config, "desk", box.places))
    after = box.places.config_path.read_text()
    assert "// mine" in after
    assert "// here" in after
