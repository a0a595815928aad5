"""The driver against WhatsApp simulated at the Gateway's wire: every state, every failure, no waiting."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from appliance.channels.failures import Cause, cause_of, read_answer
from appliance.channels.linker import Linker
from appliance.channels.linking import COOL_SECONDS, ENDED, LIFE_SECONDS, Happening, Linking, State, begun
from appliance.channels.login_wire import WireLine
from appliance.channels.settings import expected_account
from appliance.errors import Invalid, LunaError, Refused, Unreachable
from appliance.gateway.channel_calls import send_message
from appliance.gateway.channel_results import LoginAnswer
from appliance.gateway.client import GatewayClient
from tests.fakes import channels as sim
from tests.fakes.channels import WhatsApp
from tests.fakes.gateway import FakeGateway, endpoint
from tests.fakes.waiting import LIMIT_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

S = State
FIRST_MESSAGE_S = 60.0


class Timed(WireLine):
    """The real wire, on the clock of the simulator."""

    whatsapp: WhatsApp

    def now(self) -> float:
        return self.whatsapp.clock

    async def pause(self, seconds: float) -> None:
        self.whatsapp.pass_time(seconds)


class Run:
    """One linking and what was told of it."""

    def __init__(self, whatsapp: WhatsApp, **options: Any) -> None:
        self.whatsapp = whatsapp
        self.policy_error: LunaError | None = None
        self.told: list[tuple[Linking, str]] = []
        self.written_at_login = -1
        self.options = options
        self.start = begun(whatsapp.clock)
        self.greets = True

    @property
    def states(self) -> list[State]:
        return [linking.state for linking, _ in self.told]

    async def tell(self, linking: Linking, code: str) -> None:
        self.told.append((linking, code))

    async def write_policy(self) -> None:
        if self.policy_error:
            raise self.policy_error
        self.written_at_login = self.whatsapp.logins

    @asynccontextmanager
    async def linker(self) -> AsyncIterator[Linker]:
        gateway = FakeGateway()
        self.whatsapp.serve(gateway)
        async with GatewayClient(endpoint(), opener=gateway.opener) as client:

            async def greet() -> bool:
                if self.greets:
                    await send_message(client, "whatsapp", "default", "+491701234567", "Hello", "k1")
                return self.greets

            account = expected_account({}, "whatsapp", "")
            line = Timed(client, account, policy=self.write_policy, greeting=greet, **self.options)
            line.whatsapp = self.whatsapp
            yield Linker(line, self.start, self.tell)
        await gateway.stop()

    def end(self) -> Linking:
        async def run() -> Linking:
            async with self.linker() as linker:
                return await linker.run(FIRST_MESSAGE_S)

        return asyncio.run(run())

    def fails(self, kind: type[LunaError], code: str) -> LunaError:
        with pytest.raises(kind) as error:
            self.end()
        assert error.value.code == code
        return error.value


def test_from_no_plugin_to_the_first_answer() -> None:
    run = Run(WhatsApp(installed=False, scan_after=70.0))
    assert run.end().state is S.ANSWERED
    assert run.states == [
        *(S.CHECKING, S.PLUGIN_MISSING, S.INSTALLING, S.WHOSE_NUMBER, S.WRITING_POLICY, S.STARTING),
        *(S.CODE_SHOWN, S.SCANNED, S.RESTARTING, S.SAVING, S.CONNECTED, S.GREETED, S.HEARD, S.ANSWERED),
    ]
    assert run.written_at_login == 0, "the policy stands before the first login"
    assert [sent["message"] for sent in run.whatsapp.sent] == ["Hello"]
    assert run.told[-1][0].failures == 0


def test_the_newest_code_is_always_the_one_told() -> None:
    whatsapp = WhatsApp(
        scan_after=None, wait_says=[(130.0, "WhatsApp login failed: status=403 Forbidden")] * 3
    )
    run = Run(whatsapp)
    run.fails(Refused, "line-cooling-down")
    codes = [code for linking, code in run.told if linking.state in (S.CODE_SHOWN, S.REFRESHED)]
    first_login = [whatsapp.code(number).split(",")[0] for number in (1, 2)]
    assert len(set(codes)) == len(codes) == 15
    assert all(code.startswith(first_login[0]) for code in codes)
    refreshed = [linking for linking, _ in run.told if linking.state is S.REFRESHED]
    assert [linking.code_number for linking in refreshed[:4]] == [2, 3, 4, 5]
    assert all(linking.login_ends == run.told[4][0].login_ends for linking in refreshed[:4])
    assert not any(code for linking, code in run.told if linking.state not in (S.CODE_SHOWN, S.REFRESHED))


def test_nobody_scans_three_times() -> None:
    run = Run(WhatsApp())
    error = run.fails(Refused, "line-cooling-down")
    assert "3 times" in error.message
    assert run.states.count(S.TIMED_OUT) == 2
    last = run.told[-1][0]
    assert (last.state, last.cause) == (S.COOLING_DOWN, "expired")
    assert last.retry_at == run.whatsapp.clock + COOL_SECONDS
    assert run.whatsapp.logins == 3
    assert LIFE_SECONDS * 3 <= run.whatsapp.clock - run.told[0][0].since < LIFE_SECONDS * 3 + 20


def test_whoever_must_wait_is_not_sent_to_whatsapp() -> None:
    run = Run(WhatsApp(scan_after=5.0))
    run.start = begun(run.whatsapp.clock, failures=3, retry_at=run.whatsapp.clock + 600)
    run.fails(Refused, "line-cooling-down")
    assert (run.states[-1], run.whatsapp.logins) == (S.COOLING_DOWN, 0)
    assert run.told[-1][0].retry_at == run.whatsapp.clock + 600
    later = Run(WhatsApp(scan_after=5.0))
    later.start = begun(later.whatsapp.clock, failures=3, retry_at=later.whatsapp.clock)
    assert later.end().state is S.ANSWERED


def test_without_a_network_exactly_that_is_said() -> None:
    run = Run(WhatsApp(start_says=[sim.NO_NETWORK]))
    error = run.fails(Unreachable, "line-network")
    assert "ENOTFOUND web.whatsapp.com" in error.message
    assert (run.states[-1], run.told[-1][0].failures) == (S.REFUSED, 0), "WhatsApp never heard of it"


@pytest.mark.parametrize(
    ("message", "states", "cause"),
    [
        (sim.NO_CODE, S.TIMED_OUT, "no-code"),
        ("WhatsApp login failed: status=403 Forbidden", S.REFUSED, "rejected"),
        ("WhatsApp login failed.", S.REFUSED, "unknown"),
    ],
)
def test_a_failed_start_is_tried_again(message: str, states: State, cause: str) -> None:
    run = Run(WhatsApp(start_says=[message], scan_after=4.0))
    assert run.end().state is S.ANSWERED
    failed = next(linking for linking, _ in run.told if linking.state is states)
    assert (failed.cause, failed.reason, failed.failures) == (cause, message, 1)


@pytest.mark.parametrize(
    "message",
    [
        "WhatsApp auth state is still stabilizing. Retry login in a moment.",
        "WhatsApp login failed: existing auth could not be cleared. Remove or fix the configured directory.",
        "WhatsApp login was replaced by a newer request.",
        "Failed to render the WhatsApp QR: no canvas",
    ],
)
def test_what_another_try_would_not_mend_ends_it(message: str) -> None:
    run = Run(WhatsApp(start_says=[message]))
    error = run.fails(Refused, "line-refused")
    assert message in error.message
    assert error.hint
    assert run.states[-1] is S.REFUSED


@pytest.mark.parametrize(
    "message",
    [
        sim.LOGGED_OUT,
        "WhatsApp login failed: status=408 Request Time-out",
        "Login ended without a connection.",
    ],
)
def test_a_login_that_fails_after_the_code_is_tried_again(message: str) -> None:
    whatsapp = WhatsApp(wait_says=[(20.0, message)], scan_after=None)
    run = Run(whatsapp)

    async def drive() -> Linking:
        async with run.linker() as linker:
            original = linker._move

            async def move(happening: Happening, reason: str = "", cause: str = "") -> None:
                await original(happening, reason, cause)
                if happening is Happening.AGAIN:
                    whatsapp.scan_after = 10.0

            linker._move = move  # type: ignore[method-assign]
            return await linker.run(FIRST_MESSAGE_S)

    assert asyncio.run(drive()).state is S.ANSWERED
    assert (
        sum(linking.failures == 1 and linking.state in (S.REFUSED, S.TIMED_OUT) for linking, _ in run.told)
        == 1
    )


def test_a_scan_without_a_restart_and_an_earlier_session_lead_there_too() -> None:
    plain = Run(WhatsApp(scan_after=6.0, restarts=False))
    assert plain.end().state is S.ANSWERED
    assert S.RESTARTING not in plain.states
    linked = Run(WhatsApp(linked=True))
    assert linked.end().state is S.ANSWERED
    assert linked.states[3:5] == [S.STARTING, S.SAVING]
    assert linked.whatsapp.logins == 0


def test_linking_again_erases_the_session_once_and_only_when_asked() -> None:
    run = Run(WhatsApp(linked=True, scan_after=400.0), relink=True)
    run.fails(Refused, "line-cooling-down")
    assert (run.whatsapp.forced, run.whatsapp.logins) == (1, 3)


def test_a_session_that_never_connects_times_out() -> None:
    run = Run(WhatsApp(linked=True, connects=False))
    run.fails(Refused, "line-cooling-down")
    assert run.told[-1][0].cause == "timed-out"
    assert S.CONNECTED not in run.states


def test_nothing_said_yet_leaves_it_connected() -> None:
    silent = Run(WhatsApp(scan_after=4.0, speaks_after=None))
    silent.greets = False
    assert silent.end().state is S.CONNECTED
    unanswered = Run(WhatsApp(scan_after=4.0, answers_it=False))
    assert unanswered.end().state is S.HEARD


def test_a_line_that_drops_is_seen_and_comes_back() -> None:
    whatsapp = WhatsApp(scan_after=4.0, speaks_after=30.0)
    run = Run(whatsapp)
    usual = whatsapp.status

    def status() -> dict[str, Any]:
        whatsapp.connects = S.GREETED not in run.states or run.states.count(S.SAVING) > 1
        return usual()

    whatsapp.status = status  # type: ignore[method-assign]
    assert run.end().state is S.ANSWERED
    assert run.states[-5:] == [S.GREETED, S.SAVING, S.CONNECTED, S.HEARD, S.ANSWERED]


def test_an_install_counts_by_what_is_there_afterwards() -> None:
    cut = Run(WhatsApp(installed=False, answers=False, scan_after=4.0))
    assert cut.end().state is S.ANSWERED, "the answer got lost, the plugin is there"
    failed = Run(WhatsApp(installed=False, installs=False))
    error = failed.fails(LunaError, "plugin-install")
    assert "ENOTFOUND" in error.message
    assert failed.states[-1] is S.INSTALL_FAILED


def test_a_policy_that_cannot_be_saved_comes_before_any_login() -> None:
    run = Run(WhatsApp(scan_after=4.0))
    run.policy_error = Invalid("The configuration is not valid.", code="config-invalid")
    run.fails(Invalid, "config-invalid")
    assert (run.states[-1], run.whatsapp.logins) == (S.WHOSE_NUMBER, 0)


def test_a_gateway_that_goes_away_is_no_failure_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object, **__: object) -> LoginAnswer:
        raise Unreachable("The connection was lost.", code="gateway-lost")

    monkeypatch.setattr(WireLine, "wait", gone)
    run = Run(WhatsApp())
    run.fails(Unreachable, "gateway-lost")
    last = run.told[-1][0]
    assert (last.state, last.cause, last.failures) == (S.REFUSED, "gateway", 0)


def test_a_plugin_that_is_switched_off_meanwhile_is_said() -> None:
    run = Run(WhatsApp())

    async def drive() -> None:
        async with run.linker() as linker:
            write = run.write_policy

            async def off() -> None:
                await write()
                run.whatsapp.installed = False

            linker._line.write_policy = off  # type: ignore[method-assign]
            await linker.run(FIRST_MESSAGE_S)

    with pytest.raises(LunaError, match="web login provider is not available"):
        asyncio.run(drive())
    assert (run.states[-1], run.told[-1][0].cause) == (S.REFUSED, "setup")


def test_whoever_gives_up_is_heard() -> None:
    run = Run(WhatsApp())

    async def drive() -> None:
        async with run.linker() as linker:
            shown, tell = asyncio.Event(), linker._tell

            async def told(linking: Linking, code: str) -> None:
                await tell(linking, code)
                if code:
                    shown.set()

            linker._tell = told
            task = asyncio.create_task(linker.run(FIRST_MESSAGE_S))
            async with asyncio.timeout(LIMIT_S):
                await shown.wait()
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()

    asyncio.run(drive())
    assert run.states[-1] in ENDED - {S.ANSWERED}


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (sim.NO_NETWORK, "network"),
        (sim.NO_CODE, "no-code"),
        (sim.LOGGED_OUT, "logged-out"),
        ("The login QR expired. Ask me to generate a new one.", "expired"),
        ("No active WhatsApp login in progress.", "lost"),
        ("WhatsApp login failed: status=401 Unauthorized", "logged-out"),
        ("WhatsApp login failed: status=440 conflict", "replaced"),
        ("WhatsApp login failed: status=503 Service Unavailable", "rejected"),
        ("WhatsApp login failed: self-signed certificate in certificate chain", "network"),
        ("WhatsApp connected, but the linked credentials were not found on disk.", "stale-session"),
        ("", "unknown"),
        ("Ein neuer Satz", "unknown"),
    ],
)
def test_a_message_without_a_code_is_a_failure(message: str, cause: Cause) -> None:
    said = read_answer(LoginAnswer(message))
    assert said.happening in (Happening.FAILED, Happening.EXPIRED)
    assert (said.cause, cause_of(message)) == (cause, cause)
