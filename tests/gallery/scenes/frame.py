"""What all places share: palette, help, questions, failures, notices, and the places still to come."""

from __future__ import annotations

from appliance.errors import LunaError
from appliance.profile.brand import Brand
from appliance.profile.choices import Choices
from screens.modals.confirm import Confirm
from screens.modals.failure import Failure
from tests.gallery.cafe import NEW
from tests.gallery.scene import BOTH, NARROW, SEEN, Scene, Step, later, pressed, typed
from tests.gallery.stage import Stage


def asks(question: str) -> Step:
    """A question that needs a yes or a no."""

    async def step(stage: Stage) -> None:
        stage.app.push_screen(Confirm(stage.app.desk.words, question))

    return step


def fails(error: LunaError | None) -> Step:
    """Something did not work."""

    async def step(stage: Stage) -> None:
        stage.app.push_screen(Failure(stage.app.desk.words, error))

    return step


def tells(text: str, meaning: str) -> Step:
    """Something is reported."""

    async def step(stage: Stage) -> None:
        stage.app.desk.notices.tell(text, meaning)

    return step


VAST = (200, 60)
LOSS = "Social Media leaves the staff. Its conversations and notes are kept for 30 days and then thrown away."
REFUSED = LunaError(
    "The Gateway does not answer on port 18789.", code="gateway-lost", hint="lunatui gateway start"
)
LONG_ERROR = LunaError(LOSS * 20, code="gateway-lost", hint="lunatui gateway start")
POWER = Choices(advanced="on")
RESELLER = Brand("Helios", "☀", "#7fd6ff", "#005a8f", "Call Helios: +44 20 7946 0000")
SCENES = (
    *(Scene(place, "later", first=place) for place in ("skills", "health")),
    Scene("health", "later-technical", ("d",), first="health", sizes=(NARROW,)),
    Scene("settings", "list", first="settings", held=2),
    Scene("settings", "technical", ("d",), first="settings", sizes=(NARROW,)),
    Scene("settings", "business", ("down", "enter"), first="settings", sizes=(NARROW,)),
    Scene("settings", "colours", (pressed(*["down"] * 7), "enter"), first="settings"),
    Scene("advanced", "places", choices=POWER, first="advanced", held=2),
    Scene("advanced", "dashboard", choices=POWER),
    Scene("advanced", "agents", choices=POWER, first="agents", held=2),
    Scene("advanced", "later", choices=POWER, first="logs", sizes=(NARROW,)),
    Scene("palette", "all", ("colon",), afresh=True, held=2),
    Scene("palette", "found", ("colon", *typed("agent")), afresh=True),
    Scene("palette", "nothing", ("colon", *typed("zebra")), sizes=(NARROW,), afresh=True),
    Scene("palette", "advanced", ("colon",), choices=POWER, sizes=(NARROW,), afresh=True),
    Scene("help", "dashboard", ("question_mark",), sizes=(NARROW,)),
    Scene("help", "agents", ("question_mark",), first="agents", sizes=(NARROW, VAST), held=2),
    Scene("confirm", "archive", (asks(LOSS),), first="agents", held=2),
    Scene("confirm", "yes", (asks(LOSS), "tab"), first="agents", sizes=(NARROW,)),
    Scene("confirm", "long", (asks(LOSS * 12), SEEN, "y"), first="agents"),
    Scene("failure", "long-technical", (fails(LONG_ERROR), "d", "end"), first="agents", sizes=(NARROW,)),
    Scene("failure", "owner", (fails(REFUSED),), first="agents", sizes=BOTH),
    Scene("failure", "technical", (fails(REFUSED), "d"), first="agents", sizes=BOTH, held=2),
    Scene("failure", "bug", (fails(None),), sizes=(NARROW,)),
    Scene("notices", "line", (tells("Luna’s role was changed by somebody else.", "look"),), held=2),
    Scene(
        "notices",
        "list",
        (tells("Saved and in use.", "good"), later(60), tells("The engine stopped.", "bad"), "M"),
    ),
    Scene("notices", "none", ("M",), sizes=(NARROW,)),
    Scene("frame", "read-only", read_only=True, sizes=(NARROW,)),
    Scene("frame", "brand", brand=RESELLER, sizes=(NARROW,)),
    Scene("frame", "brand-help", ("question_mark",), brand=RESELLER, glance=NEW, sizes=(NARROW,)),
    Scene("frame", "too-small", sizes=((50, 16),)),
    Scene("frame", "small", sizes=((60, 20),)),
    Scene("frame", "vast", sizes=(VAST,)),
    Scene("frame", "vast-agents", first="agents", sizes=(VAST,)),
)
