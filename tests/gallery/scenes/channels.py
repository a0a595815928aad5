"""The lines: the list in every state, one in full, a test, a switch, adding one and who may talk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from appliance.errors import Invalid, LunaError, Note, Refused
from appliance.ops.channels_login import LineLinked
from appliance.ops.channels_look import ChannelList, ChannelRow, ChannelShown
from appliance.ops.channels_switch import ChannelRemoved, Switched
from appliance.ops.core import Change, Plan
from appliance.qr.encoding import modules_of
from appliance.qr.picture import QrPicture
from appliance.qr.reading import Code
from screens.widgets.qr_code import QrCode
from tests.gallery.cafe import DAY, HOUR, MINUTE
from tests.gallery.clock import NOW
from tests.gallery.scene import NARROW, WAITS, Scene, Step, ends, later, says, typed

if TYPE_CHECKING:
    from tests.gallery.stage import Stage


def at(seconds_ago: float) -> str:
    """A moment before now, as the lines say it."""
    return datetime.fromtimestamp(NOW - seconds_ago, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


WHATSAPP = ChannelRow(
    "whatsapp", "default", "WhatsApp", "ready", True, True, at(20), at(4 * MINUTE), at(3 * MINUTE), 0,
    "+447700900123", "", "WhatsApp: whoever you let in gets an answer; groups get silence.",
)  # fmt: skip
TELEGRAM = ChannelRow(
    "telegram", "default", "Telegram", "failing", True, False, at(2 * HOUR), at(3 * HOUR), at(3 * HOUR), 7,
    "", "getUpdates failed: 502", "Telegram: everybody gets an answer; groups get silence.",
)  # fmt: skip
SLACK = ChannelRow(
    "slack", "staff", "Slack", "ready", True, True, at(5), at(2 * DAY), "", 0, "", "",
    "Slack: only U1 gets an answer; in groups only U1.",
)  # fmt: skip
ALL = ChannelList((WHATSAPP, TELEGRAM, SLACK), "asked")
STATES = ("ready", "starting", "failing", "stopped", "off", "unlinked", "no-token", "no-plugin")
EACH = ChannelList(
    tuple(
        replace(TELEGRAM, account=f"bot-{state}", state=state, last_in="", last_out="") for state in STATES
    ),
    "asked",
)
DOWN = ChannelList(
    tuple(
        ChannelRow(
            row.channel, row.account, row.title, "unknown", None, None, "", "", "", 0, "", "", row.policy
        )
        for row in ALL.channels
    ),
    "The Gateway does not answer: nothing listens.",
)


def shown(params: Any) -> ChannelShown:
    """One line in full."""
    line = next(row for row in ALL.channels if (row.channel, row.account) == (params.channel, params.account))
    gets = {"whatsapp": "code", "telegram": "answer", "slack": "silence"}[line.channel]
    listed = {"slack": ("U1",), "whatsapp": ("+447700900456", "+447700900789")}.get(line.channel, ())
    return ChannelShown(line, gets, listed, True, "listed" if listed else "nobody", (), False, ())


OPENED = Plan(
    "channels.policy",
    (Change("channels.telegram.dmPolicy", '"pairing" → "allowlist"'),),
    (Note("channel-policy", "Telegram: only 4711 gets an answer.", channel="Telegram"),),
)
ADDED = Plan(
    "channels.add",
    (
        Change("channels.telegram.botToken", "set"),
        Change("secret TELEGRAM_BOT", "store in OpenClaw's secret store"),
    ),
    (Note("channel-policy", "Telegram: whoever you let in.", channel="Telegram"),),
)
WRONG = Refused(
    "Telegram does not know this token.", code="channel-token-refused", facts={"channel": "Telegram"}
)
TO_TELEGRAM = ("n", later(0.5), "down", "enter", later(0.5))
ONE_LINE = ChannelList((WHATSAPP,), "asked")


def channels(state: str, *play: Step, **more: Any) -> Scene:
    """A scene that opens with the list."""
    answers = {
        "channels.list": ALL,
        "channels.show": shown,
        "channels.test": shown,
        "channels.stop": Switched("whatsapp", "default", done=True),
        "channels.remove": ChannelRemoved("whatsapp", "default", "saved and in use"),
        **more.pop("answers", {}),
    }
    return Scene("channels", state, play, first="channels", answers=answers, **more)


TEXT = "2@" + "x" * 275
"""As long as one of WhatsApp's; nobody's."""
ROOMY = (72, 38)
TO_LINK = ("l", later(0.5), "down", "enter")


def state(name: str, **data: Any) -> Step:
    """The linking is in this state."""
    return says(
        "state", name, **{"state": name, "login_ends": NOW + 170, "retry_at": 0.0, "cause": "", **data}
    )


def code() -> Step:
    """The engine sent a code, 12 s ago."""

    async def step(stage: Stage) -> None:
        await state("code-shown")(stage)
        await stage.settle()
        shown = Code(QrPicture(modules_of(TEXT)), b"", stage.clock.time() - 12, stage.clock.time() + 168)
        stage.app.screen.query_one(QrCode).show(shown)

    return step


def link(name: str, *play: Step, **more: Any) -> Scene:
    """A scene in which a shop's own number is being linked."""
    return channels(f"link-{name}", *TO_LINK, *play, answers={"channels.login": WAITS}, **more)


REFUSED = Refused("The line could not be linked.", code="line-refused", facts={"reason": "status=403"})
COOLING = Refused("Linking failed 3 times.", code="line-cooling-down", facts={"failures": "3"})
LINKED = LineLinked("whatsapp", "default", "answered", "WhatsApp: whoever you let in gets an answer.")
LINKING = (
    channels("link-whose", "l", held=2),
    channels("link-whose-german", "l", words="de", sizes=(NARROW,)),
    channels("link-number", "l", later(0.5), "enter", sizes=(NARROW,)),
    link("starting", state("starting"), later(4)),
    link("installing", state("installing"), later(70), sizes=(NARROW,)),
    link("code", code(), sizes=(ROOMY, (120, 38)), held=1),
    link("code-german", code(), sizes=(ROOMY,), words="de"),
    link("too-small", code()),
    link("scanned", state("scanned"), later(2), sizes=(NARROW,)),
    link("connected", state("connected"), later(3), sizes=(NARROW,)),
    link("timed-out", state("timed-out", cause="expired"), sizes=(NARROW,)),
    link("refused", state("refused", cause="rejected"), ends(REFUSED)),
    link("cooling-down", state("cooling-down", retry_at=NOW + HOUR), ends(COOLING), sizes=(NARROW,)),
    link("answered", state("heard"), ends(LINKED), sizes=(NARROW,)),
)
SCENES = (
    *LINKING,
    channels("list", held=2),
    channels("list-german", words="de"),
    channels("loading", answers={"channels.list": WAITS}, sizes=(NARROW,)),
    channels("empty", answers={"channels.list": ChannelList((), "asked")}, held=2),
    channels("error", answers={"channels.list": Invalid("The settings file is damaged.")}, sizes=(NARROW,)),
    channels("engine-down", answers={"channels.list": DOWN, "channels.show": LunaError("down")}, held=2),
    channels("states", answers={"channels.list": EACH, "channels.show": LunaError("later")}),
    channels("detail", "enter"),
    channels("detail-german", "enter", words="de", sizes=(NARROW,)),
    channels("failing", "down", "enter"),
    channels("technical", "d", held=2),
    channels("testing", "t", later(4), answers={"channels.test": WAITS}, held=2),
    channels("tested", "t"),
    channels("test-failed", "down", "t"),
    channels(
        "test-impossible",
        "t",
        ends(LunaError("The Gateway does not answer.", code="gateway-refused")),
        answers={"channels.test": WAITS},
        sizes=(NARROW,),
    ),
    channels("stopped", "space"),
    channels("removed", "x"),
    channels("new", "n", held=2),
    channels("new-bot", *TO_TELEGRAM),
    channels("new-wrong-code", *TO_TELEGRAM, *typed("12:ab"), "enter", plans={"channels.add": WRONG}),
    channels("new-review", *TO_TELEGRAM, *typed("12:ab"), "enter", plans={"channels.add": ADDED}, held=2),
    channels("who-may-talk", "e", held=2),
    channels("who-list", "e", "enter"),
    channels("who-review", "e", "enter", "enter", "enter", plans={"channels.policy": OPENED}),
)
