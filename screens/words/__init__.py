"""All words an owner reads, by key: one file a language, and one more for each long section.

`en.toml` is read at the start; `problem.x` stands in `en.problem.toml`, read when it is first needed.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FALLBACK = "en"
KEY = re.compile(r"\{([a-z.-]+)\|([^}]+)\}")
"""`{chat.stop|esc}` in a text: the key of an action, and what it is unless somebody chose another."""
_FORMS: dict[object, str] = {0: "none", 1: "one"}
_FOLDER = Path(__file__).parent


class Words:
    """The words of one language; what it lacks is said in English."""

    def __init__(self, language: str = FALLBACK, keys: Mapping[str, str] | None = None) -> None:
        """`keys`: how the keys are called that somebody chose for actions, by their ids."""
        self.language = language if language in languages() else FALLBACK
        self.keys = keys or {}

    def key(self, action: str, usual: str) -> str:
        """How the key of an action is called."""
        return self.keys.get(action, usual)

    def __call__(self, key: str, **values: object) -> str:
        """The text behind `key`, its `$names` filled in.

        `count` chooses between `key.none`, `key.one` and `key.other` where a text has them.

        Raises:
            KeyError: English has no such key, or a value is missing; that is a bug.
        """
        text = self._find(key, values)
        return Template(text).substitute({name: str(value) for name, value in values.items()})

    def raw(self, key: str) -> str:
        """The text behind `key` with its `$names` still in it.

        Raises:
            KeyError: English has no such key; that is a bug.
        """
        return self._find(key, {})

    def __contains__(self, key: str) -> bool:
        """Whether there is a text behind `key` itself."""
        return any(key in table for table in self._tables(key))

    def _find(self, key: str, values: dict[str, object]) -> str:
        forms = (key, f"{key}.{_FORMS.get(values.get('count'), 'other')}", f"{key}.other")
        for table in self._tables(key):
            for form in forms:
                if form in table:
                    return KEY.sub(lambda found: self.key(found[1], found[2]), table[form])
        raise KeyError(key)

    def _tables(self, key: str) -> Iterator[dict[str, str]]:
        """Where to look for a key; English is read only for what the language lacks."""
        for language in dict.fromkeys((self.language, FALLBACK)):
            yield read_words(language)
            yield read_words(language, key.partition(".")[0])


def languages() -> tuple[str, ...]:
    """Codes of the languages there is a file for."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml") if "." not in path.stem))


def sections(language: str) -> tuple[str, ...]:
    """Sections of a language that stand in a file of their own."""
    return tuple(sorted(path.name.split(".")[1] for path in _FOLDER.glob(f"{language}.*.toml")))


@cache
def read_words(language: str, section: str = "") -> dict[str, str]:
    """Text by whole key of one file; empty when the section has no file of its own."""
    path = _FOLDER / (f"{language}.{section}.toml" if section else f"{language}.toml")
    if section and not path.is_file():
        return {}
    prefix = f"{section}." if section else ""
    return dict(_pairs(tomllib.loads(path.read_text(encoding="utf-8")), prefix))


def _pairs(table: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{prefix}{key}"
        found += _pairs(value, f"{name}.") if isinstance(value, dict) else [(name, value)]
    return found
