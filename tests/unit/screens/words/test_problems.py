"""Every error has a sentence for its owner, and every sentence belongs to an error."""

from __future__ import annotations

import pytest

from appliance.errors import Conflict, LunaError, NotFound, Refused, Unreachable
from appliance.health.models import Trouble
from screens.problems import LIKE, has_words, problem_of
from screens.words import Words, read_words
from tests.unit.screens.words.codes import every_code

WORDS = Words()
RAISED = every_code()


@pytest.mark.parametrize("code", sorted(RAISED))
def test_a_code_that_is_raised_somewhere_has_words(code: str) -> None:
    assert has_words(WORDS, code), f"{RAISED[code]} raises “{code}”: en.problem.toml says what that means"


def test_no_words_are_left_over() -> None:
    """What no error says any more is taken out."""
    sentences = {key.rpartition(".")[2] for key in read_words("en", "problem") if ".text." in key}
    assert sentences <= {*RAISED, *LIKE.values()}
    assert set(LIKE) <= set(RAISED)
    assert set(LIKE.values()) <= sentences


def test_the_sentence_names_what_is_known() -> None:
    error = Conflict("Port 1.", code="port-taken", facts={"port": "18789", "program": "Docker"})
    assert "18789" in str(problem_of(WORDS, error))
    assert "“Docker”" in str(problem_of(WORDS, error))


def test_without_all_values_the_sentence_is_whole_without_them() -> None:
    error = Conflict("Port 1.", code="port-taken", facts={"port": "18789", "program": ""})
    assert problem_of(WORDS, error).text == WORDS("problem.text.port-taken")


def test_values_are_made_safe() -> None:
    error = NotFound("x", code="agent-unknown", facts={"agent": "a\x1b]52;c;x\x07b"})
    assert "\x1b" not in problem_of(WORDS, error).text


def test_a_place_may_say_it_in_its_own_way() -> None:
    error = Unreachable("x", code="gateway-lost")
    assert problem_of(WORDS, error, "chat").text == WORDS("problem.at.chat.text.gateway-lost")
    assert problem_of(WORDS, error).text == WORDS("problem.text.gateway-lost")


def test_a_code_nobody_knows_is_told_by_its_class() -> None:
    assert problem_of(WORDS, Conflict("x", code="new-one")).text == WORDS("problem.text.conflict")
    assert problem_of(WORDS, LunaError("x", code="new-one")).text == WORDS("problem.text.failed")
    assert problem_of(WORDS, Trouble("new-one", "x", "y")).text == WORDS("problem.text.failed")


def test_one_code_with_two_meanings_is_told_by_its_class() -> None:
    of_policy, of_disk = Refused("x", code="read-only"), LunaError("x", code="read-only")
    assert problem_of(WORDS, of_policy) != problem_of(WORDS, of_disk)
