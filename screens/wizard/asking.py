"""Which widget asks which question, filled with what was answered before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.profile.draft import PEOPLE
from appliance.text import safe_line
from screens.widgets.choices import Option
from screens.wizard.finish import ApplyPage, PlanPage
from screens.wizard.key_question import KeyQuestion
from screens.wizard.languages import LANGUAGES
from screens.wizard.pages import FIXED_AGENT
from screens.wizard.questions import (
    ChoiceQuestion,
    LookQuestion,
    Question,
    TextQuestion,
    ToggleQuestion,
)
from screens.wizard.talk_page import TalkPage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from appliance.ops.setup_brain import Brain
    from appliance.ops.templates import TemplateRow
    from appliance.profile.draft import Draft
    from appliance.secret import Secret
    from screens.wizard.pages import Page
    from screens.words import Words

TONES = ("warm", "brief", "polite", "lively")
PACES = ("all", "short")
BRAIN_ORDER = ("practice", "openai", "anthropic", "ollama", "openrouter", "custom")


def language_question(words: Words, draft: Draft) -> Question:
    """The language of this program and of the staff."""
    options = [Option(name, words(f"wizard.language.{code}")) for name, code in LANGUAGES]
    options.append(Option("", words("wizard.language.any"), words("wizard.language.any-note")))
    value = draft.language or ("" if draft.name else LANGUAGES[0][0])
    return ChoiceQuestion(words, "language", options, draft.typed or value)


def who_question(words: Words, draft: Draft) -> Question:
    """Who sits here; and whether everything can be read."""
    options = [Option(who, words(f"wizard.who.{who}"), words(f"wizard.who.{who}-note")) for who in PEOPLE]
    return LookQuestion(words, "who", options, draft.typed or draft.who)


def pace_question(words: Words, draft: Draft) -> Question:
    """All questions, or only those that nobody can guess."""
    options = [
        Option(pace, words(f"wizard.pace.{pace}"), words(f"wizard.pace.{pace}-note")) for pace in PACES
    ]
    return ChoiceQuestion(words, "pace", options, draft.typed or PACES[draft.short])


def tone_question(words: Words, draft: Draft) -> Question:
    """How the staff sound; the answer is the sentence itself."""
    options = [Option(words(f"wizard.tone.{tone}"), words(f"wizard.tone.{tone}")) for tone in TONES]
    return ChoiceQuestion(words, "tone", options, draft.typed or draft.tone)


def kind_question(words: Words, draft: Draft, brains: Sequence[Brain]) -> Question:
    """Which brain; the practice model only where it was chosen already (a demo)."""
    shown = sorted(
        (brain for brain in brains if brain.id != "practice" or draft.kind == "practice"),
        key=lambda brain: BRAIN_ORDER.index(brain.id) if brain.id in BRAIN_ORDER else len(BRAIN_ORDER),
    )
    return ChoiceQuestion(
        words, "kind", [_brain_option(words, brain) for brain in shown], draft.typed or draft.kind
    )


def _brain_option(words: Words, brain: Brain) -> Option:
    title = words(f"wizard.brain.{brain.id}.title")
    note = words(f"wizard.brain.{brain.id}.note")
    if brain.id == "ollama":
        note = words("wizard.found", count=len(brain.models)) if brain.found else words("wizard.not-found")
    price = words(f"wizard.brain.{brain.id}.price")
    return Option(brain.id, title, note, price, good=brain.found)


def key_question(words: Words, draft: Draft, brain: Brain, key: Secret | None) -> KeyQuestion:
    """The key and the trial; an Ollama on this box has no key."""
    title = words(f"wizard.brain.{brain.id}.title")
    return KeyQuestion(
        words,
        brain=title,
        url=brain.key_url,
        asks=brain.id != "ollama",
        key=key,
        note=words("wizard.trial.safe" if brain.id == "ollama" else "wizard.key.safe"),
        again=bool(draft.typed) or draft.keyed,
    )


def model_question(words: Words, draft: Draft, brain: Brain, found: Sequence[str]) -> Question:
    """Which model of the brain; the suggested one first."""
    known = {model.id: model for model in brain.models}
    options: list[Option] = []
    for name in list(known)[:8] or found[:8]:
        title = known[name].title if name in known else name
        suggested = words("wizard.model.suggested") if not options else ""
        options.append(Option(name, safe_line(title), suggested))
    value = draft.typed or draft.model
    return ChoiceQuestion(words, "model", options, value, brain=words(f"wizard.brain.{brain.id}.title"))


def staff_question(words: Words, draft: Draft, templates: Sequence[TemplateRow]) -> Question:
    """Luna stays on; the others as wanted, one sentence each. OpenClaw's own roles come later, if ever."""
    ours = [row for row in templates if row.source == "lunatui"]
    rows = [Option(row.id, row.name, words(f"wizard.role.{row.id}")) for row in ours]
    chosen = [each for each in draft.typed.split(",") if each] if draft.typed else draft.staff
    return ToggleQuestion(words, "staff", rows, chosen, (FIXED_AGENT,))


def plain_question(words: Words, page: Page, draft: Draft) -> Question:
    """The questions that need nothing but the draft."""
    if page.field in _PLAIN:
        return _PLAIN[page.field](words, draft)
    if page.field in ("lines", "memory"):
        return ChoiceQuestion(words, page.field, [Option("later", words(f"wizard.{page.field}.go"))])
    if page.field in ("consent", "weak"):
        go, stay = (Option(answer, words(f"wizard.{page.field}.{answer}")) for answer in ("yes", "no"))
        options = [go, stay] if page.field == "consent" else [stay, go]
        return ChoiceQuestion(words, page.field, options, draft.typed)
    value = draft.base_url if page.field == "address" else getattr(draft, page.field)
    is_elsewhere = page.field == "address" and draft.kind == "ollama"
    name = "ollama" if is_elsewhere else page.field
    return TextQuestion(words, name, value, typed=draft.typed, required=page.field in ("name", "address"))


_PLAIN: Mapping[str, Callable[[Words, Draft], Question]] = {
    "language": language_question,
    "who": who_question,
    "pace": pace_question,
    "tone": tone_question,
    "plan": lambda words, _draft: PlanPage(words),
    "apply": lambda words, _draft: ApplyPage(words),
    "talk": lambda words, draft: TalkPage(words, draft.typed),
}
