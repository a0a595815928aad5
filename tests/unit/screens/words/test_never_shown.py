"""Nothing an owner reads names what an owner is never shown, or asks for a command (L-142 to L-148)."""

from __future__ import annotations

import re

import pytest

from screens.words import languages, read_words, sections

NEVER = {
    "L-142, the raw settings file": r"openclaw\.json|\bjson5?\b|\byaml\b|\btoml\b|config file",
    "L-143, how the engine runs": r"\bplists?\b|launch ?agent|launchd|systemd|\bdaemon\b|\bbinary\b",
    "L-144, what the engine runs on": r"\bnode(\.?js)?\b|\bnpm\b|\bpython\b|\bruntime\b",
    "L-145, version control": r"\bgit\b|\bcommit\b|\bbranch\b|\brepository\b",
    "L-146, tools of developers": r"\bdebug|\btraceback\b|\bstack trace\b|\bstd(err|out)\b|\bexit code\b",
    "L-147, ids and raw records": r"\bsession (id|key)s?\b|\bjsonl\b|\buuid\b|\braw log",
    "L-148, keys and tokens": r"\btokens?\b|\bsha-?256\b|\bprivate key\b|\bfingerprint\b",
    "a word of developers": r"\b(gateway|rpc|api|endpoint|websocket|parameter|pid|null)\b",
    "a command to type": r"`|\blunatui [a-z]|\bopenclaw [a-z]|(^|\s)\$ |(^|\s)--[a-z]|\bsudo\b|\bchmod\b",
}
POWER = ("place.", "later.")
POWER_PLACES = ("operations", "governance", "sessions", "memory", "fleet", "logs", "configuration")
"""Places that are there for supporters alone."""
WORDS = [
    (language, key, text)
    for language in languages()
    for section in ("", *sections(language))
    for key, text in read_words(language, section).items()
]


def for_supporters(key: str) -> bool:
    first, _, rest = key.partition(".")
    return f"{first}." in POWER and rest.partition(".")[0] in POWER_PLACES


@pytest.mark.parametrize("what", NEVER)
def test_no_text_names_what_is_never_shown(what: str) -> None:
    named = [
        f"{language}: {key} = {text}"
        for language, key, text in WORDS
        if re.search(NEVER[what], text, re.IGNORECASE) and not for_supporters(key)
    ]
    assert not named, "\n".join(named)


def test_there_is_something_to_look_at() -> None:
    assert len(WORDS) > 500
    assert len(languages()) > 1
