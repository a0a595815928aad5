"""Every language says everything English says, with the same values in it."""

from __future__ import annotations

import re
from string import Template

import pytest

from screens.words import FALLBACK, Words, languages, read_words, sections

OTHERS = [language for language in languages() if language != FALLBACK]
WORD = re.compile(r"(?<!\$)\b[a-z]{2,}\b")
COUNTED = (".none", ".one", ".other")


def everything(language: str) -> dict[str, str]:
    return {
        key: text for part in ("", *sections(language)) for key, text in read_words(language, part).items()
    }


ENGLISH = everything(FALLBACK)


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_missing_and_none_is_left_over(language: str) -> None:
    own = everything(language)
    assert sections(language) == sections(FALLBACK)
    assert sorted(ENGLISH.keys() - own.keys()) == [], f"{language}: missing"
    assert sorted(own.keys() - ENGLISH.keys()) == [], f"{language}: left over"


@pytest.mark.parametrize("language", OTHERS)
def test_the_same_values_are_filled_in(language: str) -> None:
    own = everything(language)
    for key in ENGLISH.keys() & own.keys():
        theirs, ours = (set(Template(table[key]).get_identifiers()) for table in (ENGLISH, own))
        optional = {"count"} if key.endswith(COUNTED) else set()
        assert theirs - optional == ours - optional, f"{language}: {key}"


@pytest.mark.parametrize("language", [FALLBACK, *OTHERS])
def test_every_text_can_be_filled_in(language: str) -> None:
    for key, text in everything(language).items():
        assert Template(text).is_valid(), key
        assert text == text.rstrip() or key.startswith("wizard.talk."), f"{language}: {key} ends in a space"


@pytest.mark.parametrize("language", [FALLBACK, *OTHERS])
def test_what_is_counted_has_a_form_for_one_and_for_many(language: str) -> None:
    own = everything(language)
    for key in own:
        if key.endswith(".one"):
            assert f"{key.removesuffix('one')}other" in own, key


@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_is_not_left_in_english(language: str) -> None:
    own = everything(language)
    same = {
        key
        for key in ENGLISH.keys() & own.keys()
        if ENGLISH[key] == own[key] and len(WORD.findall(own[key])) > 3
    }
    assert same == set()


def test_what_a_language_lacks_is_said_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    table = dict(read_words("de"))
    text = table.pop("key.open")
    monkeypatch.setattr(
        "screens.words.read_words",
        lambda language, section="": (
            table if (language, section) == ("de", "") else read_words(language, section)
        ),
    )
    assert text != Words("de")("key.open") == Words()("key.open")


def test_a_language_nobody_knows_is_english() -> None:
    assert Words("xx")("key.open") == Words()("key.open")


def test_a_long_section_stands_in_a_file_of_its_own() -> None:
    assert "problem.text.failed" in Words()
    assert "problem.text.failed" not in read_words("en")
