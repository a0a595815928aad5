"""A scene: one screen in one state, and the steps that lead to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from appliance.profile.brand import Brand
from appliance.profile.choices import Choices
from tests.gallery.cafe import OPEN

if TYPE_CHECKING:
    from appliance.errors import LunaError
    from appliance.health.models import Glance
    from appliance.secret import Secret
    from tests.gallery.stage import Stage

Step = str | Callable[["Stage"], Awaitable[None]]
"""A key to press, or something that happens in the shop."""
NARROW = (80, 24)
WIDE = (120, 36)
BOTH = (NARROW, WIDE)


class Waits:
    """The answer of an operation that takes until the scene ends it."""


WAITS = Waits()


@dataclass(frozen=True)
class Scene:
    """What is on the screen, and how it came there."""

    place: str
    state: str
    play: tuple[Step, ...] = ()
    first: str = "dashboard"
    """The screen that the program opens with."""
    glance: Glance | LunaError | Waits = OPEN
    answers: Mapping[str, Any] = field(default_factory=dict)
    """By operation, over those of the café: a result, an error, `WAITS`, or a function of the parameters."""
    plans: Mapping[str, Any] = field(default_factory=dict)
    """The same for what an operation would do."""
    key: Secret | None = None
    sizes: tuple[tuple[int, int], ...] = BOTH
    held: int = 1
    """How many of its sizes a snapshot holds, from the first on; pictures show them all."""
    afresh: bool = False
    """It keeps the colours it was opened with: each theme needs a stage of its own."""
    words: str = "en"
    choices: Choices = field(default_factory=Choices)
    brand: Brand = field(default_factory=Brand)
    read_only: bool = False

    @property
    def name(self) -> str:
        """`dashboard-open`."""
        return f"{self.place}-{self.state}"


def typed(text: str) -> tuple[Step, ...]:
    """A text, key by key, without a look in between."""
    return (pressed(*({" ": "space"}.get(character, character) for character in text)),)


def pressed(*keys: str) -> Step:
    """Several keys without a look in between."""

    async def step(stage: Stage) -> None:
        for key in keys:
            stage.press(key)

    return step


def says(kind: str, text: str = "", **data: Any) -> Step:
    """The operation that waits tells how it gets on."""

    async def step(stage: Stage) -> None:
        stage.box.say(kind, text, data)

    return step


def ends(result: Any) -> Step:
    """The operation that waits ends: well, or with an error."""

    async def step(stage: Stage) -> None:
        stage.box.end(result)

    return step


def later(seconds: float) -> Step:
    """Time goes by, and what counts seconds counts them."""

    async def step(stage: Stage) -> None:
        stage.pass_(seconds)

    return step


SEEN = later(0.5)
"""Long enough that the next key is an answer to what is on the screen."""


def changes(**answers: Any) -> Step:
    """From here on operations answer otherwise: `agents_list=…`."""

    async def step(stage: Stage) -> None:
        stage.box.answers.update({name.replace("_", ".", 1): value for name, value in answers.items()})

    return step


def sees(glance: Any) -> Step:
    """The next look at the shop finds this."""

    async def step(stage: Stage) -> None:
        stage.box.answers["health.glance"] = glance
        stage.app.desk.lookout.look_now()

    return step
