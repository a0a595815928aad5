"""Who may write on the lines, and which devices reach the box: on a fake Gateway with captured answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.api import Appliance
from appliance.errors import Invalid, LunaError, NotFound, Refused, Usage
from appliance.ops import approvals, devices, devices_asking, people_asking, people_block, people_store
from appliance.ops.core import Call, Nothing, Operation
from appliance.ops.dispatch import dispatch
from appliance.ops.registry import operations
from appliance.people.asking import stored_in
from appliance.people.blocked import blocked_path, read_blocked
from tests.fakes.box import Consent, make_box
from tests.fakes.gateway import TOKEN, WireError
from tests.fakes.pairing import NODE, OTHER, PENDING, PERSON, PairingGateway

DEVICES = {operation.verb: operation for operation in operations("devices")}
CALL = Call("human:test", "tui")


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[PairingGateway]:
    gateway = PairingGateway()
    async with gateway.listening() as port:
        config = {
            "gateway": {"mode": "local", "port": port, "auth": {"mode": "token", "token": TOKEN}},
            "agents": {"entries": {"luna": {"name": "Luna"}}},
            "channels": {"telegram": {"enabled": True}},
        }
        path = make_box(tmp_path).places.config_path
        path.parent.mkdir(mode=0o700)
        path.touch(mode=0o600)
        path.write_text(json.dumps(config))
        yield gateway
        await gateway.stop()


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    return make_box(tmp_path)


async def _run(box: Appliance, operation: Operation[Any, Any], params: Any, *, yes: bool = True) -> Any:
    """With the questions that were asked."""
    consent = Consent(yes)
    done = await dispatch(box, operation, params, Call("human:test", "tui", consent=consent))
    return done, consent.asked


async def test_who_waits_is_listed_with_the_name_they_gave_and_the_room_left(
    box: Appliance, fake: PairingGateway
) -> None:
    found = await dispatch(box, people_asking.LIST, Nothing(), CALL)
    assert [(item.name, item.sender, item.sender_kind) for item in found.waiting] == [
        ("Ann", "555001", "telegramUserId"),
        ("bob1", "555002", "telegramUserId"),
    ]
    assert found.waiting[0].until - found.waiting[0].since == 3600
    assert found.lines == (people_asking.Line("telegram", "default", 2, 1),)
    fake.people = []
    assert (await dispatch(box, people_asking.LIST, Nothing(), CALL)).waiting == ()


async def test_letting_in_names_who_would_answer_and_can_be_taken_back(
    box: Appliance, fake: PairingGateway
) -> None:
    wish = people_asking.Approve(PERSON["requestId"], notify=True, owner=True)
    with pytest.raises(Refused):
        await _run(box, people_asking.APPROVE, wish, yes=False)
    assert fake.told == []
    done, asked = await _run(box, people_asking.APPROVE, wish)
    assert asked == [
        "Ann (555001) will get answers from Luna on Telegram and may give OpenClaw commands: "
        "restart, update, change settings."
    ]
    assert (done.state, done.told, done.owner) == ("let in", "sent", "configured")
    key = {"channel": "telegram", "accountId": "default", "requestId": PERSON["requestId"]}
    assert fake.told == [("channels.pairing.approve", key | {"notify": True, "bootstrapCommandOwner": True})]
    entry = box.history.entries()[-1]
    assert entry.undo is not None
    assert entry.undo["operation"] == "people.revoke"
    with pytest.raises(NotFound, match="does not wait any more"):
        await _run(box, people_asking.APPROVE, wish)


async def test_ignoring_dismisses_that_one_request(box: Appliance, fake: PairingGateway) -> None:
    done, asked = await _run(box, people_asking.REJECT, people_asking.OneAsking(OTHER["requestId"]))
    assert (done.person, done.state, asked) == ("555002", "ignored", [])
    assert [item["senderId"] for item in fake.people] == ["555001"]


async def test_who_is_blocked_is_dismissed_at_once_and_whenever_they_ask_again(
    box: Appliance, fake: PairingGateway
) -> None:
    person = people_block.OnePerson("555001", "telegram")
    await _run(box, people_block.BLOCK, person)
    assert [item["senderId"] for item in fake.people] == ["555002"]
    fake.people.append(PERSON)
    found = await dispatch(box, people_asking.LIST, Nothing(), CALL)
    assert {item.name: item.blocked for item in found.waiting} == {"Ann": True, "bob1": False}
    assert [item.id for item in (await dispatch(box, approvals.LIST, Nothing(), CALL)).decisions] == [
        NODE["pendingNodeSurface"]["requestId"], OTHER["requestId"], PENDING["requestId"],  # type: ignore[index]
    ]  # fmt: skip
    done, _ = await _run(box, people_block.ENFORCE, Nothing())
    assert done.dismissed == (people_asking.Blocked("telegram", "555001"),)
    assert (await _run(box, people_block.ENFORCE, Nothing()))[0].dismissed == ()
    await _run(box, people_block.UNBLOCK, person)
    assert read_blocked(box.places) == ()
    with pytest.raises(NotFound):
        await _run(box, people_block.UNBLOCK, person)


async def test_blocking_works_without_the_gateway_and_twice_is_once(
    box: Appliance, fake: PairingGateway
) -> None:
    await fake.stop()
    fake.up = False
    for _ in range(2):
        await _run(box, people_block.BLOCK, people_block.OnePerson("555001", "telegram"))
    assert read_blocked(box.places) == (("telegram", "555001"),)


async def test_a_damaged_list_of_the_blocked_is_said(box: Appliance, fake: PairingGateway) -> None:
    path = blocked_path(box.places)
    path.parent.mkdir(parents=True, exist_ok=True)
    for text in ("people = 3", "[[people]]\nid = 3\n", "nothing ="):
        path.write_text(text)
        with pytest.raises(Invalid, match="damaged"):
            await dispatch(box, people_asking.LIST, Nothing(), CALL)


@pytest.mark.parametrize(
    ("answer", "people"),
    [
        ("🧾 Allowlist\nChannel: telegram (account default)\nDM policy: pairing\n"
         "DM allowFrom (config): (none)\nPaired allowFrom (store): 555001, 555002", ("555001", "555002")),
        ("🧾 Allowlist\nChannel: telegram (account default)\nDM allowFrom (config): (none)", ()),
        ("🧾 Allowlist\nPaired allowFrom (store): unavailable (read failed). Retry this command.", None),
        ("⚠️ Unknown channel. Add channel=<id> to the command.", None),
        ("", None),
    ],
)  # fmt: skip
def test_what_openclaw_says_of_who_was_let_in(answer: str, people: tuple[str, ...] | None) -> None:
    assert stored_in(answer) == people


@pytest.mark.parametrize("word", ["", "5 --config", "5\n6", "\u202e5"])
async def test_nothing_but_one_word_reaches_a_command_of_openclaws(
    box: Appliance, fake: PairingGateway, word: str
) -> None:
    for operation in (people_store.ALLOW, people_store.REVOKE):
        with pytest.raises(Usage):
            await _run(box, operation, people_store.Person(word, "telegram"))
    assert not [name for seen in fake.connections for name, _ in seen.calls if name == "chat.send"]


async def test_devices_that_ask_come_first_with_what_they_want(box: Appliance, fake: PairingGateway) -> None:
    found = await dispatch(box, DEVICES["list"], Nothing(), CALL)
    assert [(item.name, item.wants, item.rights) for item in found.waiting] == [
        ("node-host", "abilities", ("camera", "system.run")),
        ("Laptop", "again", tuple(PENDING["scopes"])),  # type: ignore[arg-type]
    ]
    assert [(item.name, item.own, item.connected) for item in found.devices] == [("node-host", False, False)]


async def test_letting_a_device_in_names_its_rights(box: Appliance, fake: PairingGateway) -> None:
    wish = devices_asking.OneRequest(str(PENDING["requestId"]))
    with pytest.raises(Refused):
        await _run(box, DEVICES["approve"], wish, yes=False)
    done, asked = await _run(box, DEVICES["approve"], wish)
    assert asked == [
        "Laptop (windows, this machine) will reach this box as operator and may: "
        "operator.read, operator.write, operator.admin."
    ]
    assert (done.name, done.state) == ("Laptop", "let in")
    with pytest.raises(NotFound):
        await _run(box, DEVICES["reject"], wish)
    node = devices_asking.OneRequest(NODE["pendingNodeSurface"]["requestId"])  # type: ignore[index]
    assert (await _run(box, DEVICES["reject"], node))[0].state == "sent away"
    assert [method for method, _ in fake.told] == ["device.pair.approve", "node.pair.reject"]


async def test_a_device_is_renamed_removed_and_its_key_changed_but_never_our_own(
    box: Appliance, fake: PairingGateway
) -> None:
    node = str(NODE["deviceId"])
    await _run(box, DEVICES["rename"], devices.RenameDevice(node[:6], " Kitchen "))
    await _run(box, DEVICES["rotate"], devices.DeviceKey(node, "node"))
    await _run(box, DEVICES["revoke"], devices.DeviceKey(node, "node"))
    await _run(box, DEVICES["remove"], devices.OneDevice(node))
    assert fake.told == [
        ("device.pair.rename", {"deviceId": node, "label": "Kitchen"}),
        ("device.token.rotate", {"deviceId": node, "role": "node"}),
        ("device.token.revoke", {"deviceId": node, "role": "node"}),
        ("device.pair.remove", {"deviceId": node}),
    ]
    fake.paired = [NODE | {"deviceId": box.identity().device_id}]
    for verb, params in (
        ("remove", devices.OneDevice(box.identity().device_id)),
        ("rotate", devices.DeviceKey(box.identity().device_id, "node")),
        ("revoke", devices.DeviceKey(box.identity().device_id, "node")),
    ):
        with pytest.raises(Refused, match="lunatui itself"):
            await _run(box, DEVICES[verb], params)
    assert len(fake.told) == 4


@pytest.mark.parametrize(
    ("verb", "params", "error"),
    [
        ("rename", devices.RenameDevice("3ac0", ""), Usage),
        ("rename", devices.RenameDevice("3ac0", "x" * 65), Usage),
        ("rename", devices.RenameDevice("nobody", "x"), NotFound),
        ("remove", devices.OneDevice(""), NotFound),
        ("rotate", devices.DeviceKey("3ac0", "operator"), NotFound),
    ],
)
async def test_what_cannot_be_done_to_a_device(
    box: Appliance, fake: PairingGateway, verb: str, params: Any, error: type[LunaError]
) -> None:
    with pytest.raises(error):
        await _run(box, DEVICES[verb], params)
    assert fake.told == []


async def test_people_and_devices_are_decided_in_the_inbox(box: Appliance, fake: PairingGateway) -> None:
    found = (await dispatch(box, approvals.LIST, Nothing(), CALL)).decisions
    assert [(item.kind, item.who, item.arguments[:2]) for item in found] == [
        ("device", "node-host", ("node", "camera")),
        ("person", "Ann", ("555001", "Telegram")),
        ("person", "bob1", ("555002", "Telegram")),
        ("device", "Laptop", ("operator", "operator.read")),
    ]
    assert all(item.answers == ("deny", "allow-once") for item in found)
    for item, answer in zip(found, ("deny", "allow-once", "deny", "allow-once"), strict=True):
        done, asked = await _run(box, approvals.DECIDE, approvals.Decide(item.id, answer))  # type: ignore[arg-type]
        assert (done.applied, done.status) == (True, "denied" if answer == "deny" else "allowed")
        assert bool(asked) is (answer != "deny")
    assert [method for method, _ in fake.told] == [
        "node.pair.reject", "channels.pairing.approve", "channels.pairing.dismiss", "device.pair.approve",
    ]  # fmt: skip
    with pytest.raises(NotFound):
        await _run(box, approvals.DECIDE, approvals.Decide(found[1].id, "deny"))


async def test_a_release_without_people_and_devices_still_shows_the_rest(
    box: Appliance, fake: PairingGateway
) -> None:
    def unknown(_params: dict[str, Any]) -> Any:
        raise WireError("INVALID_REQUEST", "unknown method: x")

    for method in ("channels.pairing.list", "openclaw.approval.list"):
        fake.handlers[method] = unknown
    found = (await dispatch(box, approvals.LIST, Nothing(), CALL)).decisions
    assert [item.kind for item in found] == ["device", "device"]


async def test_what_was_decided_is_told_with_who_decided(box: Appliance, fake: PairingGateway) -> None:
    fake.handlers["approval.history"] = lambda params: {
        "items": [
            {
                "id": "e7a7530f",
                "status": "denied",
                "decision": "deny",
                "presentation": {"kind": "exec", "commandText": "touch ~/x1"},
                "source": {"agentId": "luna", "sessionKey": "agent:luna:main"},
                "resolver": {"kind": "device", "id": "4570205a"},
                "createdAtMs": 1796039724000,
                "resolvedAtMs": 1796039725000,
            }
        ][: params["limit"]]
    }
    found = await dispatch(box, approvals.HISTORY, approvals.WhichPast(), CALL)
    past = approvals.PastDecision(
        "e7a7530f", "exec", "luna", "touch ~/x1", "denied", "4570205a", 1796039724.0, 1796039725.0
    )
    assert found.decisions == (past,)
    with pytest.raises(Usage):
        await dispatch(box, approvals.HISTORY, approvals.WhichPast(0), CALL)
