"""A token asked about at its own service, before it is saved; no message repeats any part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Conflict, LunaError, Refused, Unreachable
from appliance.ops.core import Call, Event
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.channels.tokens import Kind, Question, Told
    from appliance.providers.exchange import Exchange

ASK_SECONDS = 20.0


@dataclass(frozen=True)
class TokenStep:
    """One question to the service."""

    name: str
    """`name`, `poller` or `socket`; `openclaw` for what OpenClaw made of it."""
    state: str
    """`ok`, `warning` or `failed`."""
    detail: str = ""
    """Who the bot is, or what is wrong."""
    code: str = ""


async def check_tokens(
    channel: str, tokens: dict[Kind, str], root: str, call: Call, *, in_use_here: bool = False
) -> tuple[TokenStep, ...]:
    """Ask the service about tokens; `in_use_here`: our own Gateway polls with it, so a poller is no news.

    Raises:
        Refused: `channel-token-refused`, the service does not know it; `channel-scope`, it may too little.
        Conflict: `second-poller`, another program answers for the same bot.
        Unreachable: `channel-unreachable`, the service does not answer.
    """
    from appliance.channels.settings import title_of
    from appliance.channels.tokens import judged, questions
    from appliance.providers.exchange import exchange, open_client

    call.emit(Event("progress", f"Asking {title_of(channel)} who this token belongs to…"))
    steps: list[TokenStep] = []
    async with open_client() as client:
        for question in questions(channel, tokens, root):
            if question.name == "poller" and in_use_here:
                continue
            answer = await exchange(
                client, question.method, question.url, question.headers, seconds=ASK_SECONDS
            )
            if answer.trouble is not None:
                raise _no_answer(channel, answer)
            told = judged(channel, question, answer.status, answer.body)
            steps.append(_step(channel, question, told))
    return tuple(steps)


def _step(channel: str, question: Question, told: Told) -> TokenStep:
    from appliance.channels.settings import title_of

    title = title_of(channel)
    facts = {"channel": title}
    if told.verdict == "ok":
        return TokenStep(question.name, "ok", told.name)
    if told.verdict == "wrong-token":
        which = "app token" if question.kind == "app" else "token"
        raise Refused(
            f"{title} does not know this {which} ({told.detail}).",
            hint="Copy it again, all of it; a token that was made anew ends the one before.",
            code="channel-token-refused",
            facts=facts,
        )
    if told.verdict == "second-poller":
        raise Conflict(
            f"Another program answers for this bot already ({told.detail}).",
            hint="Stop it there, or make a bot of its own for this box.",
            code="second-poller",
            facts=facts,
        )
    if told.verdict == "missing-scope":
        raise Refused(
            f"{title}: this token may not do what it has to ({told.detail}).",
            hint="The app token needs connections:write; lunatui channels manifest has all rights to paste.",
            code="channel-scope",
            facts=facts,
        )
    if told.verdict == "slow-down":
        return TokenStep(question.name, "warning", f"{title} asks to wait ({told.detail}).", "slow-down")
    raise LunaError(
        f"{title} answered in a form we do not know ({told.detail}).",
        hint="Check the address, if you gave one.",
        code="channel-answer",
        facts=facts,
    )


def _no_answer(channel: str, answer: Exchange) -> Unreachable:
    from appliance.channels.settings import title_of

    cause = answer.trouble.code if answer.trouble is not None else "odd"
    title = title_of(channel)
    return Unreachable(
        f"{title} cannot be reached from here ({cause}).",
        hint="Check the internet connection of this machine, and the address if you gave one.",
        code="channel-unreachable",
        facts={"channel": title},
    )
