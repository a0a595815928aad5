"""`channels.login`: a line is linked with a phone, told state by state until somebody was answered on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.errors import LunaError, Unreachable, Usage
from appliance.ops.channels_code import SENTENCES
from appliance.ops.channels_plugin import install_plugin
from appliance.ops.core import Call, Change, Done, Event, Operation, Prepared, Question, Risk, Verdict, param
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.channels.linking import Linking
    from appliance.channels.settings import Account
    from appliance.channels.wish import Wish
    from appliance.gateway.client import GatewayClient
    from appliance.qr.file import CodeFile
    from appliance.store.edits import Edit

OPERATION = "channels.login"
PATIENCE_LIMIT = 3600.0
IN_USE_SECONDS = 90.0
"""A Gateway that has just installed a plugin stalls for half a minute."""
GREETING = "Hello, this is your assistant. Write to me here whenever you like."


@dataclass(frozen=True)
class LoginChannel:
    """Which line, and whose number it is."""

    channel: str = param("whatsapp.", positional=True)
    number: str = param(
        "With --personal: your own number, the only one that is answered. Else: a number to greet.",
        default="",
    )
    personal: bool = param("It is the number you use yourself: nobody but you hears from it.", default=False)
    assistants: bool = param("It is a number of the assistant's own.", default=False)
    account: str = param("One of its accounts; its default one when left out.", default="")
    relink: bool = param("Erase the session that is linked now, and show a new code.", default=False)
    png: str = param("Write the newest code into this file (0600); it goes when the code does.", default="")
    patience: float = param("Seconds to wait for the first message once it is connected.", default=120.0)


@dataclass(frozen=True)
class LineLinked:
    """A line that is connected."""

    channel: str
    account: str
    state: str
    """`answered` when a message came in and was answered; else how far it came."""
    policy: str
    """Who gets an answer, in one sentence."""


async def login(box: Appliance, params: LoginChannel, call: Call) -> Prepared[LineLinked]:
    """Check whose number it is and that the Gateway answers.

    Raises:
        Usage: `channel-kind`, it is not linked by a code; `whose-number`, that was not said; `phone-number`.
        Unreachable: the Gateway does not answer.
    """
    from appliance.channels.settings import expected_account

    _check(params)
    config = box.config.read().value
    account = expected_account(config, params.channel, params.account)
    wish = _wish(params, account)
    edits = _edits(config, account, wish)
    await _require_gateway(box)
    changes = [Change(item.name, "set") for item in edits]
    changes.append(Change(f"channel {account.channel} ({account.id})", "link with a phone"))

    async def commit() -> Done[LineLinked]:
        async with box.gateway(keep=True) as client:
            return Done(await _Linking(box, params, call, client, account, wish).run())

    return Prepared(tuple(changes), commit)


async def _require_gateway(box: Appliance) -> None:
    import asyncio

    from appliance.gateway.probe import probe

    seen = await asyncio.to_thread(probe, box.endpoint())
    if not seen.ready:
        raise Unreachable(
            f"OpenClaw links the line, and its Gateway does not answer: {seen.problem}.",
            hint="lunatui gateway start",
        )


def _check(params: LoginChannel) -> None:
    if params.channel != "whatsapp":
        raise Usage(
            f"“{params.channel}” is not linked with a phone.",
            hint=f"lunatui channels add {params.channel}",
            code="channel-kind",
        )
    if params.personal == params.assistants:
        raise Usage(
            "Say whose number it is: your own, or one only for the assistant.",
            hint="--personal --number +49… (nobody but you is answered), or --assistants.",
            code="whose-number",
        )
    if not 0 <= params.patience <= PATIENCE_LIMIT:  # also not a number at all (“nan”)
        raise Usage(f"--patience takes at most {PATIENCE_LIMIT:.0f} seconds.")


def _wish(params: LoginChannel, account: Account) -> Wish | None:
    """Who is answered; None leaves the rules of an assistant's number as they are."""
    from appliance.channels.policy import is_personal
    from appliance.channels.wish import Wish, owner_only

    if params.personal:
        return owner_only(params.number)
    if is_personal(account):
        raise Usage(
            "This line is set up as a personal number.",
            hint="Take it off first: lunatui channels remove whatsapp",
            code="personal-number",
        )
    return None if "dmPolicy" in account.settings else Wish("code")


def _edits(config: dict[str, object], account: Account, wish: Wish | None) -> tuple[Edit, ...]:
    from appliance.channels.wish import wish_edits

    if wish is None:
        return ()
    return wish_edits(config, account.channel, account.id, wish)


def _file(path: str) -> CodeFile:
    from pathlib import Path

    from appliance.qr.file import CodeFile
    from appliance.store.disk import Disk

    return CodeFile(Path(path), Disk())


class _Linking:
    """One linking: what the table of states needs, and what is told of it."""

    def __init__(
        self,
        box: Appliance,
        params: LoginChannel,
        call: Call,
        client: GatewayClient,
        account: Account,
        wish: Wish | None,
    ) -> None:
        self._box = box
        self._params = params
        self._call = call
        self._client = client
        self._account = account
        self._wish = wish
        self._file = _file(params.png) if params.png else None

    async def run(self) -> LineLinked:
        import time

        from appliance.channels.attempts import resumed
        from appliance.channels.linker import Linker
        from appliance.channels.login_wire import WireLine
        from appliance.channels.policy import policy_of
        from appliance.channels.settings import expected_account

        account = self._account
        line = WireLine(
            self._client,
            account,
            policy=self._policy,
            greeting=self._greet,
            installing=self._install,
            relink=self._params.relink,
        )
        start = resumed(self._box.places, account.channel, account.id, time.time())
        try:
            ended = await Linker(line, start, self._tell).run(self._params.patience)
        finally:
            if self._file:
                self._file.remove()
        config = self._box.config.read().value
        policy = policy_of(config, expected_account(config, account.channel, account.id))
        return LineLinked(account.channel, account.id, ended.state.value, policy.sentence)

    async def _install(self) -> None:
        await install_plugin(self._box, self._client, self._account.channel, self._call)

    async def _policy(self) -> None:
        """Saved before a code is asked for: from the first second on, strangers get what they should."""
        from appliance.ops.drive import settled

        await settled(self._saved(), local=True)

    async def _saved(self) -> None:
        from appliance.channels.wish import wish_edits
        from appliance.ops.in_use import Watch

        if self._wish is None:
            return
        config = self._box.config.read().value
        edits = wish_edits(config, self._account.channel, self._account.id, self._wish)
        if not edits:
            return
        prepared = self._box.config.prepare(edits, may_remove=tuple(edit.name for edit in edits))
        with Watch(self._box, IN_USE_SECONDS) as watch:
            self._box.config.save(prepared, operation=OPERATION, actor=self._call.actor)
            state = watch.outcome()
        if state.state != "saved and in use":
            raise LunaError(
                f"Who gets an answer is saved, but OpenClaw does not use it yet ({state.words}).",
                hint="Run the same command again in a moment; nothing was linked.",
                code="policy-not-in-use",
            )

    async def _greet(self) -> bool:
        """The first message, so that the owner sees it arrive; where it cannot be sent, that is said."""
        from appliance.channels.wish import phone_number
        from appliance.gateway.channel_calls import send_message

        if not self._params.number:
            return False
        to, key = phone_number(self._params.number), os.urandom(12).hex()
        try:
            await send_message(self._client, self._account.channel, self._account.id, to, GREETING, key)
        except LunaError as error:
            self._call.emit(Event("note", f"The first message could not be sent: {error.message}"))
            return False
        return True

    async def _tell(self, linking: Linking, code: str) -> None:
        """Every state as an event; the code itself only for a screen, or into the file asked for."""
        from appliance.channels.attempts import keep
        from appliance.qr.reading import png_in

        keep(self._box.places, self._account.channel, self._account.id, linking)
        if self._file and code:
            self._file.write(png_in(code), linking.login_ends)
        elif self._file:
            self._file.remove()
        data = {
            "state": linking.state.value,
            "failures": linking.failures,
            "code": linking.code_number,
            "code_since": linking.code_since,
            "login_ends": linking.login_ends,
            "reason": linking.reason,
            "cause": linking.cause,
            "retry_at": linking.retry_at,
        }
        words = SENTENCES[linking.state.value]
        self._call.emit(Event("state", words, data, secret=Secret(code) if code else None))


LOGIN = Operation(
    OPERATION,
    "Link WhatsApp with a phone, until somebody was answered on it",
    Risk.DANGER,
    LoginChannel,
    LineLinked,
    prepare=login,
    streams=True,
    verdict=lambda result: Verdict.DONE if result.state == "answered" else Verdict.FINDINGS,
    consequence=lambda params: Question(
        "The session that is linked now is erased, and people get no answer until a new code is scanned."
        if params.relink
        else "WhatsApp is linked: people who write to this number reach your assistant.",
        relink="yes" if params.relink else "",
    ),
    no_undo="A line is unlinked with: lunatui channels logout whatsapp.",
)
