"""Link WhatsApp on the screen: whose number, every state and failure in words, and the code alone."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import TYPE_CHECKING, Any

import pytest

from appliance.channels.failures import Cause
from appliance.channels.linking import OFFERS_CODE, State
from appliance.errors import LunaError, Refused, Usage
from appliance.ops.channels_login import LineLinked, LoginChannel
from appliance.ops.core import Event
from appliance.qr.encoding import png_of
from appliance.secret import Secret
from screens.channels.link import PICTURE, LinkScreen
from screens.words import Words
from tests.unit.screens.desks import OneScreen, until, visible

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.ops.core import Call

WORDS = Words()
TEXT = "2@" + "x" * 275
PICTURED = "data:image/png;base64," + base64.b64encode(png_of(TEXT)).decode()
WITHOUT_CODE = sorted({state.value for state in State} - {state.value for state in OFFERS_CODE})


class Login:
    """Stands where `dispatch` stands: one linking that goes as the test says."""

    def __init__(self) -> None:
        self.asked: list[LoginChannel] = []
        self.call: Call | None = None
        self.ended: asyncio.Future[Any] | None = None
        self.cancelled = False

    async def dispatch(self, _box: Any, _operation: Any, params: LoginChannel, call: Call) -> Any:
        self.asked.append(params)
        self.call, self.ended = call, asyncio.get_running_loop().create_future()
        try:
            return await self.ended
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    def tell(self, state: str, *, code: str = "", **data: Any) -> None:
        assert self.call is not None
        known = {"state": state, "login_ends": time.time() + 170, "retry_at": 0.0, "cause": "", **data}
        self.call.emit(Event("state", "x", known, secret=Secret(code) if code else None))

    def end(self, result: Any) -> None:
        assert self.ended is not None
        if isinstance(result, Exception):
            self.ended.set_exception(result)
        else:
            self.ended.set_result(result)


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> Login:
    found = Login()
    monkeypatch.setattr("screens.operation_screen.dispatch", found.dispatch)
    return found


def flat(app: OneScreen) -> str:
    return " ".join(visible(app).split())


async def begin(app: OneScreen, pilot: Any, login: Login) -> None:
    """A number of the shop's own."""
    await until(pilot, lambda: "Whose number is it?" in visible(app))
    await pilot.press("down", "enter")
    await until(pilot, lambda: login.call is not None)


async def test_ones_own_number_is_asked_for_and_handed_on(login: Login, tmp_path: Path) -> None:
    app = OneScreen(LinkScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Whose number is it?" in visible(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Which number is it?" in visible(app))
        await pilot.press(*"+491701234567", "enter")
        await until(pilot, lambda: bool(login.asked))
        assert login.asked == [LoginChannel("whatsapp", "+491701234567", personal=True)]
        login.end(Usage("No number.", code="phone-number"))
        await until(pilot, lambda: "Write it like +49 170 1234567." in flat(app))
        assert "Which number is it?" in visible(app)


async def test_each_state_is_said_in_one_sentence(login: Login, tmp_path: Path) -> None:
    app = OneScreen(LinkScreen, tmp_path)
    async with app.run_test(size=(100, 24)) as pilot:
        await begin(app, pilot, login)
        assert login.asked == [LoginChannel("whatsapp", assistants=True)]
        for state in WITHOUT_CODE:
            login.tell(state)
            sentence = WORDS(f"link.is.{state}")
            await until(pilot, lambda sentence=sentence: sentence in flat(app))  # type: ignore[misc]


async def test_the_code_stands_alone_and_goes_when_it_was_scanned(login: Login, tmp_path: Path) -> None:
    app = OneScreen(LinkScreen, tmp_path)
    async with app.run_test(size=(72, 38)) as pilot:
        await begin(app, pilot, login)
        login.tell("code-shown", code=PICTURED)
        await until(pilot, lambda: "▀" in visible(app))
        assert "Linked devices" in visible(app)
        assert "good for 1" in visible(app)
        login.tell("scanned")
        await until(pilot, lambda: "The code was scanned" in visible(app))
        assert "▀" not in visible(app)


async def test_a_window_that_is_too_small_says_what_is_missing(login: Login, tmp_path: Path) -> None:
    app = OneScreen(LinkScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(app, pilot, login)
        login.tell("code-shown", code=PICTURED)
        await until(pilot, lambda: "The code needs 80 columns and 38 lines" in flat(app))
        assert "▀" not in visible(app)


async def test_the_picture_goes_with_its_code(login: Login, tmp_path: Path) -> None:
    app = OneScreen(LinkScreen, tmp_path)
    file = tmp_path / PICTURE
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(app, pilot, login)
        login.tell("code-shown", code=PICTURED)
        await until(pilot, lambda: "The code needs" in flat(app))
        await pilot.press("p")
        await until(pilot, file.exists)
        assert file.stat().st_mode & 0o777 == 0o600
        login.tell("scanned")
        await until(pilot, lambda: not file.exists())


async def test_a_picture_that_is_no_code_is_said(login: Login, tmp_path: Path) -> None:
    app = OneScreen(LinkScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(app, pilot, login)
        login.tell("code-shown", code="data:image/png;base64,AAAA")
        await until(pilot, lambda: "✗" in visible(app))


@pytest.mark.parametrize(
    "error", [Refused("No.", code="line-refused"), LunaError("x", code="plugin-install")]
)
async def test_a_failure_says_why_and_can_be_tried_again(
    login: Login, tmp_path: Path, error: LunaError
) -> None:
    app = OneScreen(LinkScreen, tmp_path)
    async with app.run_test(size=(100, 24)) as pilot:
        await begin(app, pilot, login)
        login.tell("refused", cause="network")
        await until(pilot, lambda: WORDS("link.cause.network") in flat(app))
        login.end(error)
        await until(pilot, lambda: WORDS(f"problem.text.{error.code}") in flat(app))
        assert WORDS("link.cause.network") in flat(app)
        await pilot.press("r")
        await until(pilot, lambda: len(login.asked) == 2)


async def test_a_line_that_answered_is_said_to_work(login: Login, tmp_path: Path) -> None:
    app = OneScreen(LinkScreen, tmp_path)
    async with app.run_test(size=(100, 24)) as pilot:
        await begin(app, pilot, login)
        login.end(LineLinked("whatsapp", "default", "answered", "who"))
        await until(pilot, lambda: "✓ " + WORDS("link.is.answered") in flat(app))


async def test_leaving_stops_the_linking(login: Login, tmp_path: Path) -> None:
    app = OneScreen(LinkScreen, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(app, pilot, login)
        await pilot.press("escape")
        await until(pilot, lambda: login.cancelled and not isinstance(app.screen, LinkScreen))


def test_each_state_and_each_cause_has_its_words() -> None:
    from typing import get_args

    assert all(f"link.is.{state.value}" in WORDS for state in State)
    assert all(f"link.cause.{cause}" in WORDS for cause in get_args(Cause))
