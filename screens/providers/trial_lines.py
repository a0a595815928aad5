"""How a test of a brain went, in lines: the verdict first, where to look, and each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from appliance.text import safe_line
from screens.ages import decimal
from screens.problems import Seen, problem_of, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.ops.provider_test import ProviderTest
    from screens.words import Words

WORDS_A_TOKEN = 0.75
"""Roughly, in English; an owner counts in words."""


def test_lines(result: ProviderTest, title: str, words: Words) -> Content:
    """How a test went: the verdict and where to look, then one line a step."""
    lines = [*_verdict(result, title, words)]
    verdict = sentence(words, f"provider-{result.code}") if result.code else ""
    for step in result.steps:
        glyph, meaning = _SIGNS.get(step.state, ("◌", "muted"))
        key = f"providers.step.{step.name}"
        what = words(key) if key in words else safe_line(step.name)
        took = f" · {decimal(words, step.milliseconds / 1000)} s" if step.milliseconds else ""
        said = sentence(words, f"provider-{step.code}") if step.code and step.state != "ok" else ""
        detail = f" · {said}" if said and said != verdict else ""
        lines.append(Content.assemble((f"  {glyph} ", f"${meaning}"), what, (f"{took}{detail}", "$muted")))
    if measured := _measured(result, words):
        lines.append(Content.styled(f"    {measured}", "$muted"))
    return Content("\n").join(lines)


def verdict_line(result: ProviderTest, title: str, words: Words) -> str:
    """How a test went in one sentence."""
    if not result.code:
        return words("providers.tested", name=safe_line(title))
    return f"{safe_line(title)}: {sentence(words, f'provider-{result.code}')}"


_SIGNS = {"ok": ("✓", "good"), "warning": ("▲", "look"), "failed": ("✗", "bad")}


def _verdict(result: ProviderTest, title: str, words: Words) -> Iterator[Content]:
    if result.ok:
        yield Content.assemble(("✓ ", "$good"), words("providers.tested", name=safe_line(title)))
    told = problem_of(words, Seen(f"provider-{result.code}")) if result.code else None
    if told is None:
        return
    sign = ("▲ ", "$look") if result.ok else ("✗ ", "$bad")
    yield Content.assemble(sign, told.text)
    if told.next:
        yield Content.styled(f"  {told.next}", "$muted")
    if result.blame:
        what = words(f"providers.blame-is.{result.blame}")
        yield Content.styled(f"  {words('providers.blame', what=what)}", "$muted")


def _measured(result: ProviderTest, words: Words) -> str:
    parts = []
    if result.first_milliseconds:
        parts.append(words("providers.first", seconds=decimal(words, result.first_milliseconds / 1000)))
    if result.context_window:
        parts.append(words("providers.context", count=round(result.context_window * WORDS_A_TOKEN / 1000)))
    return " · ".join(parts)
