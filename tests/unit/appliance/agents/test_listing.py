"""What the files say about agents, hostile ones included."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from appliance.agents.business import BusinessProfile
from appliance.agents.listing import TEXT_LIMIT, list_agents, read_text, show_agent
from appliance.agents.models import AgentSpec
from appliance.agents.service import create_many_steps
from appliance.errors import NotFound
from tests.unit.appliance.agents.boxes import box_with

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places
    from tests.unit.appliance.agents.boxes import Box

LUNA = AgentSpec("luna", "Luna", "luna", protected=True)
MIA = AgentSpec("mia", "Mia", "customer-support", model="p/own")


def test_agents_are_listed_as_they_were_made(box: Box) -> None:
    box.carry_out(create_many_steps(box.config, (LUNA, MIA), BusinessProfile(), box.places))
    luna, mia = list_agents(box.config, box.places)
    assert (luna.id, luna.name, luna.emoji, luna.protected, luna.default) == (
        "luna",
        "Luna",
        "🌙",
        True,
        True,
    )
    assert (mia.protected, mia.default, mia.template) == (False, False, "customer-support")
    assert (mia.model, mia.model_inherited) == ("p/own", False)
    assert (luna.model, luna.model_inherited) == ("", True)
    assert mia.role.startswith("Answers customers")
    assert mia.workspace == box.places.state_dir / "workspaces" / "mia"
    assert all(file.present and file.size for file in mia.files)
    assert mia.source == "file"


def test_an_agent_somebody_else_made_is_shown_as_far_as_it_goes(places: Places) -> None:
    box = box_with(places, {
        "agents": {"entries": {"x": {"identity": {"name": "Xaver"}}, "y": {"name": 3}}},
        "bindings": [{"agentId": "x", "match": {"channel": "slack"}}],
    })  # fmt: skip
    x, y = list_agents(box.config, places)
    assert (x.name, x.role, x.emoji, x.template, x.channels) == ("Xaver", "", "", "", ("slack",))
    assert y.name == "y"
    assert not any(file.present for file in x.files)
    detail = show_agent(box.config, "x", places)
    assert detail.tools is None
    assert detail.skills is None
    assert {text.state for text in detail.texts} == {"missing"}


def test_one_agent_is_shown_with_texts_tools_and_skills(box: Box) -> None:
    box.carry_out(create_many_steps(box.config, (LUNA, MIA), BusinessProfile(), box.places))
    detail = show_agent(box.config, "mia", box.places)
    assert [text.name for text in detail.texts] == [
        "IDENTITY.md",
        "SOUL.md",
        "AGENTS.md",
        "USER.md",
        "FACTS.md",
    ]
    assert "Mia" in detail.texts[0].text
    assert detail.skills == ()
    assert detail.tools
    assert detail.tools.own_folder_only
    assert show_agent(box.config, "luna", box.places).tools.may_task == ("*",)  # type: ignore[union-attr]
    with pytest.raises(NotFound):
        show_agent(box.config, "nobody", box.places)


def test_a_template_we_no_longer_have_does_not_hide_the_agent(box: Box) -> None:
    box.carry_out(create_many_steps(box.config, (LUNA,), BusinessProfile(), box.places))
    (box.places.home / "agents" / "luna.toml").write_text('protected = true\ntemplate = "retired"\n')
    assert list_agents(box.config, box.places)[0].template == "retired"


def test_a_text_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    (tmp_path / "SOUL.md").symlink_to(tmp_path / "secret")
    found = read_text(tmp_path, "SOUL.md")
    assert (found.state, found.text, found.problem) == ("unreadable", "", "it is a link")


def test_a_pipe_in_place_of_a_text_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "SOUL.md")
    assert read_text(tmp_path, "SOUL.md").state == "unreadable"


def test_a_folder_in_place_of_a_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "SOUL.md").mkdir()
    assert read_text(tmp_path, "SOUL.md").problem == "it is not an ordinary file"


def test_a_long_text_is_cut_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "SOUL.md").write_bytes(b"\xff" + b"x" * TEXT_LIMIT)
    found = read_text(tmp_path, "SOUL.md")
    assert (found.cut, found.size, found.text[0], len(found.text)) == (
        True,
        TEXT_LIMIT + 1,
        "\ufffd",
        TEXT_LIMIT,
    )


def test_no_workspace_means_missing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert read_text(tmp_path / "none", "SOUL.md").state == "missing"
    assert read_text(tmp_path / "file", "SOUL.md").state == "missing"
