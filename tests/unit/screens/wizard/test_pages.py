"""The order of the questions, forth and back, for every brain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.profile.draft import STAGES as STAGES_OF_THE_DRAFT
from appliance.profile.draft import Draft
from screens.wizard.pages import APPLY, FIRST, STAGES, TALK, Way, after, before, place_of
from tests.fakes.wizard import BRAINS


@pytest.mark.parametrize("kind", ["", *(brain.id for brain in BRAINS.brains)])
@pytest.mark.parametrize("models", [0, 1, 3])
@pytest.mark.parametrize("is_short", [False, True])
@pytest.mark.parametrize("is_weak", [False, True])
def test_forth_and_back_is_the_same_way(kind: str, models: int, is_short: bool, is_weak: bool) -> None:
    way = Way(next((each for each in BRAINS.brains if each.id == kind), None), models, is_short, is_weak)
    page, walked = FIRST, [FIRST]
    while (follows := after(page, way)) != page:
        if follows != TALK and page != TALK:
            assert before(follows, way) == page
        walked.append(follows)
        page = follows
    assert tuple(walked) == way.pages
    fields = [field for _, field in walked]
    assert fields.count("address") == (kind == "custom")
    assert fields.count("model") == (models > 1 and not is_short)
    assert fields.count("weak") == is_weak
    assert before(FIRST, way) is None
    assert before(TALK, way) is None


def test_the_short_way_asks_only_what_nobody_can_guess() -> None:
    fields = [field for _, field in Way(BRAINS.brains[0], 3, is_short=True).pages]
    assert fields[:6] == ["language", "who", "pace", "name", "kind", "key"]
    assert fields[6:] == ["plan", "consent", "apply", "talk", "sheet"]


def test_an_ollama_that_was_not_found_here_is_asked_for_its_address() -> None:
    ollama = next(brain for brain in BRAINS.brains if brain.id == "ollama")
    assert "address" not in [field for _, field in Way(ollama).pages]
    assert "address" in [field for _, field in Way(replace(ollama, found=False)).pages]


def test_a_draft_is_opened_at_its_question_or_the_first_of_its_stage() -> None:
    assert place_of(Draft("finish", "apply")) == APPLY
    assert place_of(Draft("brain")) == ("brain", "kind")
    assert place_of(Draft("brain", "gone")) == ("brain", "kind")
    assert place_of(Draft()) == FIRST


def test_the_stages_are_those_of_the_draft() -> None:
    assert STAGES == STAGES_OF_THE_DRAFT
