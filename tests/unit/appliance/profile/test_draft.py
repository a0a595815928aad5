"""The wizard's draft: kept privately, never a key in it, and a profile in the end."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.agents.catalog import TEMPLATE_IDS
from appliance.errors import Invalid, LunaError, Refused, Usage
from appliance.places import Places
from appliance.profile.draft import (
    Draft,
    as_answers,
    clear_draft,
    draft_path,
    read_draft,
    to_profile,
    with_answers,
    write_draft,
)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.from_environment({"HOME": str(tmp_path)})


def test_it_comes_back_as_it_was_written_and_only_its_owner_reads_it(places: Places) -> None:
    draft = Draft(
        "brain", "key", name="Café “Rosa”\\", kind="openai", keyed=True, staff=("hr-admin",), port=4
    )
    assert read_draft(places) is None
    write_draft(places, draft)
    assert read_draft(places) == draft
    assert stat.S_IMODE(draft_path(places).stat().st_mode) == 0o600
    assert [path.name for path in draft_path(places).parent.iterdir()] == ["draft.toml"]
    clear_draft(places)
    clear_draft(places)
    assert read_draft(places) is None


@pytest.mark.parametrize(
    "text",
    ["stage = ", "stage = 3", 'stage = "elsewhere"', "port = true", "unknown = 1", "staff = 1", "\xff"],
)
def test_a_damaged_draft_is_named_and_never_guessed(places: Places, text: str) -> None:
    draft_path(places).parent.mkdir(parents=True)
    draft_path(places).write_bytes(text.encode("latin-1"))
    with pytest.raises(Invalid) as raised:
        read_draft(places)
    assert raised.value.code == "draft-damaged"


def test_answers_are_text_both_ways() -> None:
    answers = {
        "name": "Rosa",
        "staff": "hr-admin,social-media",
        "keyed": "yes",
        "port": "19000",
        "skipped": "",
    }
    draft = with_answers(Draft(), answers)
    assert (draft.staff, draft.keyed, draft.port) == (("hr-admin", "social-media"), True, 19000)
    assert as_answers(draft, tuple(answers)) == answers
    assert with_answers(Draft(), {"name": "  Café \n Rosa\x1b "}).name.startswith("Café Rosa")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nothing", "x"),
        ("keyed", "perhaps"),
        ("port", "-1"),
        ("stage", "brain"),
        ("kind", "magic"),
        ("staff", "butler"),
        ("name", "x" * 401),
    ],
)
def test_what_is_no_answer_is_refused(name: str, text: str) -> None:
    with pytest.raises(LunaError):
        with_answers(Draft(), {name: text})


@pytest.mark.parametrize("name", ["name", "base_url", "model", "tone"])
def test_no_answer_can_be_a_key(name: str) -> None:
    planted = "sk-proj-" + "Ab3dE" * 9
    with pytest.raises(Refused) as raised:
        with_answers(Draft(), {name: planted})
    assert raised.value.code == "secret-inline"
    assert planted not in str(raised.value)


def test_it_becomes_a_profile() -> None:
    draft = replace(Draft(), name="Rosa", kind="openai", model="gpt-6-luna", staff=("hr-admin",), port=19000)
    profile = to_profile(draft, keyed=True)
    assert profile.provider is not None
    assert (profile.model, profile.provider.key, profile.provider.models) == (
        "openai/gpt-6-luna",
        "stdin",
        ("gpt-6-luna",),
    )
    assert [agent.id for agent in profile.agents] == ["luna", "hr-admin"]
    assert (profile.business.name, profile.gateway.port) == ("Rosa", 19000)


def test_the_usual_answers_are_chosen_already() -> None:
    profile = to_profile(Draft(kind="anthropic"), keyed=False)
    assert profile.provider is not None
    assert profile.provider.key == ""
    assert profile.model.startswith("anthropic/")
    assert tuple(agent.id for agent in profile.agents) == TEMPLATE_IDS
    with pytest.raises(Usage):
        with_answers(Draft(), {"staff=": ""})
