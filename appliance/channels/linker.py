"""Drives the linking of a line: asks OpenClaw, tells the table what happened, and says each step.

It decides nothing the table does not allow, and retries only what WhatsApp can bear.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from appliance.channels.failures import Said, failure, read_answer
from appliance.channels.linking import FAILURES, OFFERS_CODE, Happening, Linking, State
from appliance.errors import LunaError, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from appliance.channels.facts import Facts
    from appliance.gateway.channel_results import LoginAnswer

WAIT_SECONDS = 5.0
"""One question for what became of the code; in between the Gateway's log is looked at."""
CONNECT_SECONDS = 90.0
"""From a stored session to a connection made with it."""
LOOK_SECONDS = 1.0
_GOES_ON = (*OFFERS_CODE, State.SCANNED, State.RESTARTING)


class Line(Protocol):
    """What the linking asks of the world; every question may raise `LunaError`."""

    def now(self) -> float:
        """Unix seconds."""
        ...

    async def pause(self, seconds: float) -> None:
        """Let time pass."""
        ...

    async def plugin_ready(self) -> bool:
        """Whether OpenClaw has the channel's plugin."""
        ...

    async def install(self) -> None:
        """Install it; how it went is what `plugin_ready` says."""
        ...

    async def write_policy(self) -> None:
        """Settle who gets an answer."""
        ...

    async def start(self) -> LoginAnswer:
        """Begin a login."""
        ...

    async def wait(self, code: str, seconds: float) -> LoginAnswer:
        """What became of `code`."""
        ...

    async def restarted(self) -> bool:
        """Whether a scan made WhatsApp ask for a new connection since the last look."""
        ...

    async def facts(self) -> Facts:
        """The line as it is."""
        ...

    async def greet(self) -> bool:
        """Send the assistant's first message; False where there is nobody to send it to."""
        ...


class Linker:
    """One linking from the first look to the first answer."""

    def __init__(self, line: Line, start: Linking, tell: Callable[[Linking, str], Awaitable[None]]) -> None:
        """`tell` gets every state, with the code to show or an empty text."""
        self._line = line
        self._tell = tell
        self.linking = start
        self._code = ""

    async def run(self, answer_seconds: float) -> Linking:
        """Link, greet, and wait so long for a first message that is answered; returns where it stands.

        Raises:
            Refused: `line-cooling-down`, too many tries failed; `line-refused`, WhatsApp or OpenClaw said no.
            Unreachable: `line-network`, WhatsApp cannot be reached; `gateway-…`, the Gateway is gone.
            LunaError: the plugin could not be installed, or the policy not be saved.
        """
        await self._tell(self.linking, "")
        try:
            await self._plugin()
            await self._move(Happening.NUMBER_SAID)
            await self._policy()
            while self.linking.state is not State.CONNECTED:
                await self._login()
            await self._first_message(answer_seconds)
        except asyncio.CancelledError:
            await self._move(Happening.STOP)
            raise
        return self.linking

    async def _plugin(self) -> None:
        if await self._line.plugin_ready():
            await self._move(Happening.PLUGIN_READY)
            return
        await self._move(Happening.PLUGIN_ABSENT)
        await self._move(Happening.INSTALL)
        trouble: LunaError | None = None
        try:
            await self._line.install()
        except LunaError as error:
            trouble = error  # what counts is whether the plugin is there
        if await self._line.plugin_ready():
            await self._move(Happening.PLUGIN_READY)
            return
        reason = trouble.message if trouble else "OpenClaw does not list it"
        await self._move(Happening.FAILED, reason, "setup")
        raise LunaError(
            f"The plugin for WhatsApp could not be installed: {reason}",
            hint="Check the network and run the same command again.",
            code="plugin-install",
        ) from trouble

    async def _policy(self) -> None:
        try:
            await self._line.write_policy()
        except LunaError as error:
            await self._move(Happening.FAILED, error.message, "setup")
            raise
        await self._move(Happening.POLICY_WRITTEN)

    async def _login(self) -> None:
        """One try: ends connected, or ready for the next one."""
        await self._refuse_too_often()
        await self._take(await self._answered(self._line.start()))
        while self.linking.state in _GOES_ON:
            await self._next()
        if self.linking.state is State.SAVING:
            await self._connect()
        if self.linking.state is State.COOLING_DOWN:
            raise too_often(self.linking)
        if self.linking.state in FAILURES:
            if not self.linking.cause_counts:
                raise refusal(self.linking)
            await self._move(Happening.AGAIN)

    async def _answered(self, question: Awaitable[LoginAnswer]) -> LoginAnswer:
        """The answer; a Gateway that refuses or is gone ends the try."""
        try:
            return await question
        except LunaError as error:
            cause = "gateway" if isinstance(error, Unreachable) else "setup"
            await self._move(Happening.FAILED, error.message, cause)
            raise

    async def _next(self) -> None:
        answer = await self._answered(self._line.wait(self._code, WAIT_SECONDS))
        said = read_answer(answer)
        if said.happening is not None:
            await self._take(answer)
        elif self.linking.state in OFFERS_CODE and await self._line.restarted():
            await self._move(Happening.SCANNED)
            await self._move(Happening.RESTART)

    async def _connect(self) -> None:
        """A stored session counts once a connection was made with it."""
        deadline = self._line.now() + CONNECT_SECONDS
        while True:
            facts = await self._line.facts()
            if facts.linked and facts.socket_open:
                await self._move(Happening.CONNECTED)
                return
            if facts.state == "failing" and facts.problem:
                await self._say(failure(facts.problem))
                return
            if self._line.now() >= deadline:
                reason = facts.problem or f"no connection within {CONNECT_SECONDS:.0f} s"
                await self._move(Happening.EXPIRED, reason, "timed-out")
                return
            await self._line.pause(LOOK_SECONDS)

    async def _first_message(self, seconds: float) -> None:
        """Until somebody wrote and was answered, or the time is over."""
        since, deadline = self.linking.since, self._line.now() + seconds
        if await self._line.greet():
            await self._move(Happening.GREETED)
        while self.linking.state is not State.ANSWERED and self._line.now() < deadline:
            facts = await self._line.facts()
            if not facts.socket_open and self.linking.state is not State.SAVING:
                await self._move(Happening.DROPPED, facts.problem)
            elif facts.socket_open and self.linking.state is State.SAVING:
                await self._move(Happening.CONNECTED)
            heard = facts.last_in or 0.0
            if heard > since and self.linking.state in (State.CONNECTED, State.GREETED):
                await self._move(Happening.HEARD)
            if self.linking.state is State.HEARD and (facts.last_out or 0.0) >= heard:
                await self._move(Happening.ANSWERED)
                return
            await self._line.pause(LOOK_SECONDS)

    async def _take(self, answer: LoginAnswer) -> None:
        self._code = answer.qr_data_url
        await self._say(read_answer(answer))

    async def _say(self, said: Said) -> None:
        if said.happening is None:
            said = failure("OpenClaw neither began a login nor said why")
        await self._move(said.happening or Happening.FAILED, said.reason, said.cause or "")

    async def _refuse_too_often(self) -> None:
        linking = self.linking
        if linking.retry_at <= self._line.now():
            return
        await self._move(Happening.TOO_OFTEN)
        raise too_often(self.linking)

    async def _move(self, happening: Happening, reason: str = "", cause: str = "") -> None:
        self.linking = self.linking.moved(happening, self._line.now(), reason=reason, cause=cause)
        await self._tell(self.linking, self._code if self.linking.state in OFFERS_CODE else "")


def too_often(linking: Linking) -> Refused:
    """The error for a line that has to be left alone for a while."""
    last = f" The last time: {linking.reason}" if linking.reason else ""
    return Refused(
        f"Linking failed {linking.failures} times, and WhatsApp refuses for longer with each new try.{last}",
        hint="Leave it for an hour. Then try on the Mac itself: openclaw channels login --channel whatsapp",
        code="line-cooling-down",
        facts={"failures": str(linking.failures)},
    )


def refusal(linking: Linking) -> LunaError:
    """The error for a try that ended before WhatsApp had a say, or with its no."""
    facts = {"reason": linking.reason}
    if linking.cause == "network":
        return Unreachable(
            f"WhatsApp's servers cannot be reached from here: {linking.reason}",
            hint="Check the internet connection of this machine and run the same command again.",
            code="line-network",
            facts=facts,
        )
    hints = {
        "replaced": "Somebody else links this line right now; wait until they are done.",
        "stale-session": "Unlink it first: lunatui channels logout whatsapp",
    }
    return Refused(
        f"The line could not be linked: {linking.reason}",
        hint=hints.get(linking.cause, "Run the same command again in a moment."),
        code="line-refused",
        facts=facts,
    )
