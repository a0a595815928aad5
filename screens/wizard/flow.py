"""Where somebody is in the wizard and what they have said: the state behind its pages, no widget."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from appliance.ops.setup_brain import Brain, BrainTrial
from appliance.profile.draft import Draft
from appliance.secret import Secret
from screens.wizard import pages
from screens.wizard.pages import Page, Way

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Flow:
    """One walk through the wizard."""

    key: Secret | None = None
    """Held here alone, and only until the engine's own safe has it."""
    draft: Draft = field(default_factory=Draft)
    preset: Draft = field(default_factory=Draft)
    """The draft as it was found: a demo has a brain in it."""
    brains: tuple[Brain, ...] = ()
    trial: BrainTrial | None = None
    page: Page | None = None
    way_back: Page | None = None
    """Where a question that came in between returns to."""

    @property
    def brain(self) -> Brain | None:
        """The one chosen."""
        return self._named(self.draft.kind)

    @property
    def found_models(self) -> tuple[str, ...]:
        """What the brain listed when it was tried."""
        return self.trial.models if self.trial else ()

    @property
    def has_models(self) -> bool:
        """Whether there is a model to choose."""
        return self._models(self.brain) > 0

    def opened(self, draft: Draft) -> Page:
        """Begin with a draft; returns the page it was left at."""
        self.draft = self.preset = draft
        return pages.place_of(draft)

    def kept(self, draft: Draft) -> Page:
        """An answer is on disk; returns the page to show. Behind the set-up only the place is kept."""
        at = pages.place_of(draft)
        is_over = at in (pages.TALK, pages.SHEET)
        self.draft = replace(self.draft, stage=at.stage, field=at.field) if is_over else draft
        return at

    def follows(self, answers: Mapping[str, str]) -> Page:
        """The question after this one, given its answers."""
        if self.way_back is not None:
            back, self.way_back = self.way_back, None
            return back
        brain = self._named(answers.get("kind", self.draft.kind))
        is_short = answers.get("short", "yes" if self.draft.short else "no") == "yes"
        return pages.after(self.page or pages.FIRST, self._way(brain, is_short=is_short))

    @property
    def previous(self) -> Page | None:
        """The question before this one, if there is a way back."""
        way = self._way(self.brain, is_short=self.draft.short)
        return pages.before(self.page, way) if self.page else None

    def _way(self, brain: Brain | None, *, is_short: bool) -> Way:
        return Way(brain, self._models(brain), is_short, self.is_weak)

    @property
    def is_weak(self) -> bool:
        """The brain answered and did not use a tool when it was asked to."""
        steps = self.trial.steps if self.trial else ()
        return any(step.name == "tool" and step.state != "ok" for step in steps)

    def choose_brain(self, kind: str) -> dict[str, str]:
        """The answers that go with a brain: what was said of another one does not fit it."""
        if kind == self.draft.kind:
            return {"kind": kind}
        is_preset = kind == self.preset.kind
        own = self.preset if is_preset else Draft()
        self.trial = None
        self.key = self.key if is_preset else None
        return {"kind": kind, "base_url": own.base_url, "model": own.model, "keyed": "no", "weak": "no"}

    def tried(self, trial: BrainTrial) -> dict[str, str]:
        """The answers that a trial found out."""
        self.trial = trial
        answers = {"keyed": "yes" if self.key else "no", "weak": "no"}
        if trial.base_url:
            answers["base_url"] = trial.base_url
        if not self.draft.model or self.page == pages.MODEL:
            answers["model"] = trial.model
        return answers

    def wants_trial(self, model: str) -> bool:
        """Another model than the one that was tried was chosen, and there is what it takes to try it."""
        return self.trial is not None and model != self.trial.model

    def _named(self, kind: str) -> Brain | None:
        return next((brain for brain in self.brains if brain.id == kind), None)

    def _models(self, brain: Brain | None) -> int:
        return 0 if brain is None else len(brain.models) or len(self.found_models)


def as_kept(page: Page, answers: Mapping[str, str]) -> dict[str, str]:
    """Answers of a page under the names the draft keeps them by."""
    match page.field:
        case "address":
            return {"base_url": next(iter(answers.values()))} if answers else {}
        case "lines":
            return {"skipped": "lines"} if answers else {}
        case "consent":
            return {"agreed": "yes"} if answers.get("consent") == "yes" else {}
        case "weak":
            return {"weak": "yes"} if answers.get("weak") == "yes" else {}
        case "pace":
            return {"short": "yes" if answers.get("pace") == "short" else "no"} if answers else {}
        case "memory" | "plan" | "key" | "apply" | "talk" | "sheet":
            return {}
        case _:
            return dict(answers)
