"""The questions of the wizard and their order: pure, no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from appliance.ops.setup_brain import Brain
    from appliance.profile.draft import Draft

STAGES = ("welcome", "brain", "staff", "lines", "memory", "finish")
FIXED_AGENT = "luna"
PRACTICE = "practice"


class Page(NamedTuple):
    """One question."""

    stage: str
    field: str


_ALL = (
    *(
        Page("welcome", field)
        for field in ("language", "who", "pace", "name", "what", "hours", "tone", "owner")
    ),
    *(Page("brain", field) for field in ("kind", "address", "key", "model", "weak")),
    Page("staff", "staff"),
    Page("lines", "lines"),
    Page("memory", "memory"),
    *(Page("finish", field) for field in ("plan", "consent", "apply", "talk", "sheet")),
)
FIRST = _ALL[0]
KIND = Page("brain", "kind")
KEY = Page("brain", "key")
MODEL = Page("brain", "model")
PLAN = Page("finish", "plan")
APPLY = Page("finish", "apply")
TALK = Page("finish", "talk")
SHEET = Page("finish", "sheet")
_GUESSED = frozenset({"what", "hours", "tone", "owner", "model", "staff", "lines", "memory"})
"""Questions that the short way leaves out: they are answered as most people want it."""
_AFTER_APPLY = (TALK, SHEET)
"""The box is set up: from here on there is no way back into the questions."""


def place_of(draft: Draft) -> Page:
    """The page a draft was left at; the first of its stage when that question is not known."""
    here = Page(draft.stage, draft.field)
    if here in _ALL:
        return here
    return next((page for page in _ALL if page.stage == draft.stage), FIRST)


class Way(NamedTuple):
    """What decides which questions are asked."""

    brain: Brain | None = None
    models: int = 0
    """How many models there are to choose from."""
    is_short: bool = False
    is_weak: bool = False
    """The brain answered and did not use a tool."""

    @property
    def pages(self) -> tuple[Page, ...]:
        """The questions that have to be asked, in their order."""
        left_out = set(_GUESSED) if self.is_short else set()
        if not _needs_address(self.brain):
            left_out.add("address")
        if self.models < 2:
            left_out.add("model")
        if not self.is_weak:
            left_out.add("weak")
        return tuple(page for page in _ALL if page.field not in left_out)


def _needs_address(brain: Brain | None) -> bool:
    if brain is None or brain.id == PRACTICE:
        return False
    return not brain.has_address or (brain.id == "ollama" and not brain.found)


def after(page: Page, way: Way) -> Page:
    """The next question."""
    later = [each for each in way.pages if _ALL.index(each) > _ALL.index(page)]
    return later[0] if later else page


def before(page: Page, way: Way) -> Page | None:
    """The question before; None at the first, and where there is no way back."""
    if page in _AFTER_APPLY:
        return None
    earlier = [each for each in way.pages if _ALL.index(each) < _ALL.index(page)]
    return earlier[-1] if earlier else None
