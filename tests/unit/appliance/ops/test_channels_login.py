"""`channels login`: states as events, a code for screens alone, and what the next process remembers."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from appliance.channels.linking import State
from appliance.errors import Conflict, Refused, Unreachable, Usage
from appliance.gateway import probe
from appliance.ops import channels
from appliance.ops.channels_code import SENTENCES
from appliance.ops.channels_login import LoginChannel
from appliance.ops.core import Call, Event, Verdict
from appliance.ops.dispatch import dispatch
from appliance.qr.reading import text_of
from lunatui.output import write_event
from tests.fakes import channels as sim
from tests.fakes.box import make_box
from tests.fakes.channels import WhatsApp
from tests.fakes.gateway import TOKEN, FakeGateway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from appliance.api import Appliance

OWN = "+491701234567"
PERSONAL = LoginChannel("whatsapp", number=OWN, personal=True, patience=20.0)


class Bench:
    """A box, its fake Gateway with WhatsApp simulated, and what was said."""

    def __init__(self, box: Appliance, whatsapp: WhatsApp) -> None:
        self.box = box
        self.whatsapp = whatsapp
        self.said: list[Event] = []
        self.questions: list[str] = []

    @property
    def states(self) -> list[Any]:
        return [event.data["state"] for event in self.said if event.kind == "state"]

    @property
    def line(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.box.places.config_path.read_bytes())["channels"]["whatsapp"]
        return found

    async def login(self, params: LoginChannel = PERSONAL) -> Any:
        async def yes(question: str) -> bool:
            self.questions.append(question)
            return True

        call = Call("human:rosa", "cli", emit=self.said.append, consent=yes)
        return await dispatch(self.box, channels.LOGIN, params, call)


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(probe, "probe", lambda *_, **__: probe.Probe(True, True, True))
    gateway, revisions = FakeGateway(), iter(range(10_000))

    def state(_: Any) -> dict[str, Any]:
        revision = str(next(revisions))
        return {"valid": True, "configRevisionHash": revision, "appliedConfigHash": revision, "issues": []}

    whatsapp = WhatsApp(scan_after=4.0, speaks_after=0.0, clock=time.time() + 10)
    whatsapp.serve(gateway)
    gateway.handlers["config.get"] = state
    async with gateway.listening() as port:
        path = tmp_path / ".openclaw" / "openclaw.json"
        path.parent.mkdir(mode=0o700)
        path.touch(mode=0o600)
        path.write_text(json.dumps({"gateway": {"port": port, "auth": {"mode": "token", "token": TOKEN}}}))
        yield Bench(make_box(tmp_path), whatsapp)
    await gateway.stop()


async def test_a_personal_number_is_linked_and_only_its_owner_is_answered(bench: Bench) -> None:
    bench.whatsapp.installed = False
    linked = await bench.login()
    assert linked.state == "answered"
    assert f"only {OWN} gets an answer, everybody else gets silence" in linked.policy
    assert bench.states[:4] == ["checking", "plugin-missing", "installing", "whose-number"]
    assert bench.states[-2:] == ["heard", "answered"]
    assert bench.line == {
        "dmPolicy": "allowlist", "allowFrom": [OWN], "groupPolicy": "disabled", "selfChatMode": True,
    }  # fmt: skip
    assert [sent["to"] for sent in bench.whatsapp.sent] == [OWN]


async def test_the_code_is_for_a_screen_and_for_nobody_else(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    await bench.login()
    shown = [event for event in bench.said if event.data.get("state") == "code-shown"]
    code = bench.whatsapp.code(1)
    assert shown[0].secret is not None
    with shown[0].secret.expose() as text:
        assert text == code
    for event in bench.said:
        write_event(event)
    told = capsys.readouterr().out
    assert code not in told + repr(bench.said)
    assert code.partition(",")[2] not in told
    kept = [path for path in bench.box.places.home.rglob("*") if path.is_file()]
    assert kept
    assert not any(code.encode() in path.read_bytes() for path in kept)


async def test_the_picture_is_private_and_goes_with_its_code(bench: Bench, tmp_path: Path) -> None:
    picture = tmp_path / "code.png"
    seen: list[tuple[int, bytes]] = []
    usual = bench.whatsapp.pass_time

    def pass_time(seconds: float) -> None:
        if picture.exists():  # not any more once it was scanned
            seen.append((picture.stat().st_mode & 0o777, picture.read_bytes()))
        usual(seconds)

    bench.whatsapp.pass_time = pass_time  # type: ignore[method-assign]
    bench.whatsapp.scan_after = 0.0
    await bench.login(LoginChannel("whatsapp", number=OWN, personal=True, png=str(picture), patience=20.0))
    (mode, data), *_ = seen
    shown = await text_of("data:image/png;base64," + base64.b64encode(data).decode())
    meant = await text_of(bench.whatsapp.code(1))
    with shown.expose() as one, meant.expose() as other:
        assert (mode, one) == (0o600, other)
    assert not picture.exists()
    picture.write_bytes(b"somebody else's")
    bench.whatsapp.linked = False
    with pytest.raises(Conflict) as there:
        await bench.login(LoginChannel("whatsapp", number=OWN, personal=True, png=str(picture)))
    assert there.value.code == "qr-file-exists"
    assert picture.read_bytes() == b"somebody else's"


async def test_three_failures_are_remembered_by_the_next_process(bench: Bench) -> None:
    bench.whatsapp.start_says = ["WhatsApp login failed: status=403 Forbidden"] * 3
    with pytest.raises(Refused) as refused:
        await bench.login()
    assert refused.value.code == "line-cooling-down"
    logins = bench.whatsapp.logins
    bench.said.clear()
    with pytest.raises(Refused) as again:
        await bench.login()
    assert again.value.code == "line-cooling-down"
    assert (bench.states[-1], bench.whatsapp.logins) == ("cooling-down", logins)


async def test_a_line_on_which_nobody_was_answered_is_not_finished(bench: Bench) -> None:
    bench.whatsapp.speaks_after = None
    linked = await bench.login(LoginChannel("whatsapp", number=OWN, personal=True, patience=0.0))
    assert linked.state == "greeted"
    assert channels.LOGIN.verdict(linked) is Verdict.FINDINGS


async def test_no_network_is_said_and_can_be_tried_again_at_once(bench: Bench) -> None:
    bench.whatsapp.start_says = [sim.NO_NETWORK]
    with pytest.raises(Unreachable) as error:
        await bench.login()
    assert error.value.code == "line-network"
    assert (await bench.login()).state == "answered"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        (LoginChannel("telegram"), "channel-kind"),
        (LoginChannel("whatsapp"), "whose-number"),
        (LoginChannel("whatsapp", personal=True, assistants=True), "whose-number"),
        (LoginChannel("whatsapp", personal=True, number="0170"), "phone-number"),
        (LoginChannel("whatsapp", assistants=True, patience=float("nan")), "usage"),
    ],
)
async def test_what_was_not_said_is_asked_for(bench: Bench, params: LoginChannel, code: str) -> None:
    with pytest.raises(Usage) as error:
        await bench.login(params)
    assert error.value.code == code
    assert bench.states == []


async def test_a_number_of_its_own_keeps_its_rules_and_a_personal_one_stays_personal(bench: Bench) -> None:
    assert (await bench.login(LoginChannel("whatsapp", assistants=True, patience=20.0))).state == "answered"
    assert bench.line == {"dmPolicy": "pairing", "allowFrom": [], "groupPolicy": "disabled"}
    await bench.login()
    with pytest.raises(Usage) as error:
        await bench.login(LoginChannel("whatsapp", assistants=True))
    assert error.value.code == "personal-number"
    assert bench.line["dmPolicy"] == "allowlist"


async def test_linking_again_asks_about_the_session_that_goes(bench: Bench) -> None:
    await bench.login()
    await bench.login(LoginChannel("whatsapp", number=OWN, personal=True, relink=True, patience=20.0))
    assert "erased" in bench.questions[-1]
    assert bench.whatsapp.forced == 1


def test_every_state_has_its_sentence() -> None:
    assert set(SENTENCES) == {state.value for state in State}
    assert len(set(SENTENCES.values())) == len(SENTENCES)
