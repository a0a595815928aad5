"""Every key that a screen names has its label and its explanation in words."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest
from textual.binding import Binding

import screens
from lunatui.tui import LunaApp
from screens.words import FALLBACK, KEY, Words, languages, read_words, sections

WORDS = Words()


def every_binding() -> list[Binding]:
    modules = [
        importlib.import_module(found.name) for found in pkgutil.walk_packages(screens.__path__, "screens.")
    ]
    kinds = {kind for module in modules for kind in vars(module).values() if isinstance(kind, type)}
    ours = {kind for kind in kinds if kind.__module__.startswith("screens.")} | {LunaApp}
    listed = [item for kind in ours for item in kind.__dict__.get("BINDINGS", ())]
    named = [item for item in listed if isinstance(item, Binding) and item.description]
    return sorted(named, key=lambda item: (item.id or "", item.description, item.key))


@pytest.mark.parametrize("binding", every_binding(), ids=lambda item: f"{item.id}-{item.description}")
def test_a_key_has_words(binding: Binding) -> None:
    names = (binding.id, binding.description.lower().replace(" ", "-"))
    assert any(f"key.{name}" in WORDS for name in names), "say what it does in [key] of en.toml"
    explained = (f"tip.{binding.id}", f"operation.{binding.id}")
    assert not binding.tooltip or any(key in WORDS for key in explained), "explain it in [tip] of en.toml"


def keys_told(language: str) -> dict[str, list[tuple[str, str]]]:
    """The keys that texts name, by text: which action's, and how it is called usually."""
    texts = [pair for part in ("", *sections(language)) for pair in read_words(language, part).items()]
    return {key: found for key, text in texts if (found := KEY.findall(text))}


def test_a_key_in_a_text_is_the_one_that_works() -> None:
    usual: dict[str, set[str]] = {}
    for item in every_binding():
        first = item.key.split(",")[0]
        shown = "esc" if first == "escape" else first.upper() if re.fullmatch(r"f\d+", first) else first
        usual.setdefault(item.id or "", set()).add(item.key_display or shown)
    for text, found in keys_told(FALLBACK).items():
        for action, key in found:
            assert key in usual[action], text


@pytest.mark.parametrize("language", languages())
def test_every_language_names_the_same_keys(language: str) -> None:
    assert keys_told(language) == keys_told(FALLBACK)


def test_a_chosen_key_stands_in_the_texts() -> None:
    chosen = Words(keys={"providers.add": "ctrl+n", "list.retry": "?"})
    assert "Press ctrl+n to add one" in chosen("providers.empty")
    assert "Press n to add one" in WORDS("providers.empty")
    assert (chosen.key("list.retry", "r"), WORDS.key("list.retry", "r")) == ("?", "r")
