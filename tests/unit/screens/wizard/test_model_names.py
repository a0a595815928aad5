"""Names of models come from whoever answers at the address; none of them reaches the screen as it is."""

from __future__ import annotations

from dataclasses import replace

from appliance.profile.draft import Draft
from appliance.text import safe_line
from screens.wizard.asking import model_question
from screens.words import Words
from tests.fakes.hostile import corpus
from tests.fakes.wizard import BRAINS


def test_a_hostile_name_is_shown_harmless_and_kept_as_it_is() -> None:
    brain = replace(BRAINS.brains[0], models=())
    for hostile in corpus():
        question = model_question(Words(), Draft("brain", "model"), brain, [hostile.text])
        (option,) = question._options  # type: ignore[attr-defined]
        assert option.title == safe_line(hostile.text)
        assert option.value == hostile.text
