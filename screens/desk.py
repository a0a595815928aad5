"""What every screen is handed: the box, who sits there, and the words to speak with."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from appliance.api import Appliance
from appliance.ops.core import Call, Consent, Event
from appliance.profile.brand import Brand
from appliance.profile.choices import Choices
from appliance.qr.picture import Drawing
from appliance.values import dataclass
from screens.lookout import Lookout
from screens.notices import Notices
from screens.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from screens.chat.talk import Talk  # noqa: TC004 - loaded with the first conversation


@dataclass(frozen=True)
class Desk:
    """One person at one box."""

    box: Appliance
    actor: str
    """`human:<user>` or `support:<key>`."""
    words: Words
    read_only: bool = False
    choices: Choices = field(default_factory=Choices)
    """How this person likes the screens."""
    brand: Brand = field(default_factory=Brand)
    """Whose name the program wears."""
    drawings: tuple[Drawing, ...] = tuple(Drawing)
    """How a code can be drawn on this terminal so that it scans, best first."""
    lookout: Lookout = field(default_factory=Lookout, compare=False)
    """The look at the shop that all places share."""
    talks: dict[str, Talk] = field(default_factory=dict, compare=False)
    """What was said on this screen, by agent."""
    begun: dict[str, float] = field(default_factory=dict, compare=False)
    """When each operation was last begun (monotonic seconds), by name."""
    notices: Notices = field(default_factory=Notices, compare=False)
    """What was reported on any screen."""

    @property
    def advanced(self) -> bool:
        """Whether the places and the words of supporters are shown."""
        return self.choices.advanced == "on"

    def call(self, consent: Consent, emit: Callable[[Event], None]) -> Call:
        """The caller of an operation from this desk."""
        return Call(self.actor, "tui", emit=emit, consent=consent, read_only=self.read_only)
