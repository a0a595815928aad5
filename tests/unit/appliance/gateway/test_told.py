"""Answers read without pydantic: what the engine sent, what it never sends, and nothing else raised."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator, Field, StrictBool, StrictStr, ValidationError, create_model

from appliance.gateway import chat_results
from appliance.gateway.chat_results import (
    ApprovalResolved,
    ChatAbort,
    ChatHistory,
    ChatMessage,
    ChatSent,
    PendingApproval,
    Subscribed,
)
from appliance.gateway.told import WHOLE_LIMIT, Told, WrongForm, is_whole

ROWS = list(map(json.loads, (Path(__file__).parent / "captured" / "told.jsonl").read_text().splitlines()))
"""Whole answers of OpenClaw 2026.9.6, as they came over the wire."""
READ_AS: dict[str, type[Told]] = {
    "chat.send": ChatSent,
    "chat.abort": ChatAbort,
    "chat.history": ChatHistory,
    "sessions.messages.subscribe": Subscribed,
    "exec.approval.list": PendingApproval,
    "exec.approval.requested": PendingApproval,
    "approval.resolve": ApprovalResolved,
}
CAPTURED = [
    (READ_AS[row["method"]], each)
    for row in ROWS
    for each in (row["response"] if isinstance(row["response"], list) else [row["response"]])
]
KINDS = [
    kind
    for kind in vars(chat_results).values()
    if isinstance(kind, type) and issubclass(kind, Told) and kind is not Told
]
EXACT: dict[Any, Any] = {str: StrictStr, bool: StrictBool}
ODD = (
    None, True, False, 0, -1, 1.5, 3.0, -0.0, 1e308, 10**400, -(10**400), WHOLE_LIMIT, 1 - WHOLE_LIMIT, "",
    "7", "\x1b[2J", "\ud800", "__class__", [], [None], [[]], {}, {"": None}, {"__init__": 1}, {"text": {}},
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)


def strictly(kind: type[Told], payload: Any) -> dict[str, Any] | None:
    """What a model with exact types reads; None where it reads nothing."""
    try:
        return strict_model(kind).model_validate(payload).model_dump()
    except ValidationError:
        return None


@cache
def strict_model(kind: type[Told]) -> type[BaseModel]:
    """The same fields for pydantic, every one of its conversions taken away."""
    hints = get_type_hints(kind, vars(chat_results))
    fields: dict[str, Any] = {}
    for item in dataclasses.fields(kind):
        wire = item.metadata.get("wire") or camel(item.name)
        read = item.metadata.get("read")
        given_type = Annotated[Any, BeforeValidator(read)] if read else exact(hints[item.name])
        default = ... if item.default is dataclasses.MISSING else absent(item.default)
        fields[item.name] = (given_type, Field(default, alias=wire))
    return create_model(kind.__name__, **fields)


def exact(hint: Any) -> Any:
    if get_origin(hint) is UnionType:
        return exact(get_args(hint)[0]) | None
    if get_origin(hint) is tuple:
        return tuple[exact(get_args(hint)[0]), ...]  # type: ignore[misc]
    if hint is int:
        return Annotated[Any, BeforeValidator(counted)]
    return strict_model(hint) if issubclass(hint, Told) else EXACT[hint]


def counted(value: Any) -> int:
    """What JavaScript can have meant with a whole number."""
    if type(value) not in (int, float) or abs(value) > 2**53 - 1 or value % 1:
        raise ValueError("no whole number")
    return int(value)


def camel(name: str) -> str:
    return "".join(word.capitalize() if at else word for at, word in enumerate(name.split("_")))


def absent(default: Any) -> Any:
    """What stands where nothing came."""
    return strict_model(type(default)).model_validate({}) if isinstance(default, Told) else default


def read(kind: type[Told], payload: Any) -> dict[str, Any] | None:
    """What ours reads; None where it says that it knows no such form, and it raises nothing else."""
    try:
        return dataclasses.asdict(kind.from_wire(payload))  # type: ignore[call-overload,no-any-return]
    except WrongForm:
        return None


def spots(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything inside a JSON value, itself included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(spot for key, each in inner for spot in spots(each, (*way, key)))]


def put(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    """The value with something else at one place."""
    if not way:
        return new
    if isinstance(value, dict):
        return {**value, way[0]: put(value[way[0]], way[1:], new)}
    return [*value[: way[0]], put(value[way[0]], way[1:], new), *value[way[0] + 1 :]]


def without(value: Any, way: tuple[Any, ...]) -> Any:
    """The value without what stands at one place."""
    key, inner = way[0], value[way[0]]
    if len(way) > 1:
        return put(value, (key,), without(inner, way[1:]))
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name != key}
    return [*value[:key], *value[key + 1 :]]


@pytest.mark.parametrize(("kind", "payload"), CAPTURED)
def test_what_the_engine_sent_is_read_as_a_strict_model_reads_it(kind: type[Told], payload: Any) -> None:
    found = read(kind, payload)
    assert found is not None
    assert found == strictly(kind, payload)


def test_captured_rows_say_what_they_said() -> None:
    histories = [ChatHistory.from_wire(row["response"]) for row in ROWS if row["method"] == "chat.history"]
    flying = [found.in_flight_run for found in histories if found.in_flight_run]
    assert [(run.run_id, run.text[:5]) for run in flying] == [
        ("ab-1795163219", "w0 w1"),
        ("q-1795163224", ""),
    ]
    waiting = [found.pending_inputs.items for found in histories if found.pending_inputs.items]
    assert [(item.run_id, item.state) for (item,) in waiting] == [("q-1795163224", "queued")]
    sent, answer = histories[1].messages[:2]
    assert (sent.role, sent.text, sent.mark.idempotency_key) == ("user", "SLOW 40 60", "idem-1:user")
    assert (answer.role, answer.stop_reason, answer.mark.run_id) == ("assistant", "stop", "idem-1")
    assert answer.text.startswith("Hello from the fake model.")
    resolved = [
        ApprovalResolved.from_wire(row["response"]) for row in ROWS if row["method"] == "approval.resolve"
    ]
    assert [(done.applied, done.approval.decision) for done in resolved] == [(True, "deny"), (True, "deny")]
    (asked,) = [
        PendingApproval.from_wire(row["response"]) for row in ROWS if row["method"].endswith("requested")
    ]
    assert asked.request.allowed_decisions == ("allow-once", "deny")
    assert asked.expires_at_ms - asked.created_at_ms == 30 * 60 * 1000


@pytest.mark.parametrize(("kind", "payload"), CAPTURED)
def test_any_place_with_anything_else_or_nothing_at_it(kind: type[Told], payload: Any) -> None:
    for way in spots(payload):
        for other in [*(put(payload, way, odd) for odd in ODD), *([without(payload, way)] if way else [])]:
            assert read(kind, other) == strictly(kind, other), (way, other)


@pytest.mark.parametrize("kind", KINDS)
def test_odd_values_alone(kind: type[Told]) -> None:
    for odd in ODD:
        assert read(kind, odd) == strictly(kind, odd)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(KINDS), st.data())
def test_arbitrary_values_under_the_names_it_knows(kind: type[Told], data: st.DataObject) -> None:
    names = [item.metadata.get("wire") or camel(item.name) for item in dataclasses.fields(kind)]
    payload = data.draw(st.dictionaries(st.sampled_from(names) | st.text(max_size=4), JSON) | JSON)
    assert read(kind, payload) == strictly(kind, payload)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(CAPTURED), st.data())
def test_arbitrary_values_in_the_middle_of_an_answer(
    captured: tuple[type[Told], Any], data: st.DataObject
) -> None:
    kind, payload = captured
    for way in data.draw(st.lists(st.sampled_from(spots(payload)), max_size=3, unique=True)):
        try:
            payload = put(payload, way, data.draw(JSON))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this place away
    assert read(kind, payload) == strictly(kind, payload)


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        ([], ""),
        ({"messages": {}}, "messages"),
        ({"messages": [{"role": "user"}, {"content": "x"}]}, "messages.1.role"),
        ({"messages": [{"role": "user", "__openclaw": {"runId": 7}}]}, "messages.0.__openclaw.runId"),
        ({"inFlightRun": {"runId": "r", "text": None}}, "inFlightRun.text"),
        ({"sessionInfo": None}, "sessionInfo"),
        ({"hasMore": 1}, "hasMore"),
    ],
)
def test_what_is_wrong_is_named_as_the_wire_names_it(payload: Any, where: str) -> None:
    with pytest.raises(WrongForm) as caught:
        ChatHistory.from_wire(payload)
    assert caught.value.where == where


def test_a_hostile_name_or_value_is_not_in_what_is_said() -> None:
    hostile: Mapping[str, Any] = {"\x1b]0;x": 1, "messages": [{"role": "\x1b[2J", "timestamp": "\x1b[31m"}]}
    with pytest.raises(WrongForm) as caught:
        ChatHistory.from_wire(hostile)
    assert str(caught.value) == "messages.0.timestamp"


def test_names_of_python_reach_no_field() -> None:
    sent = ChatSent.from_wire(
        {"runId": "r", "run_id": "other", "status": "ok", "from_wire": 1, "__dict__": {}}
    )
    assert sent == ChatSent("r", "ok")


@pytest.mark.parametrize("number", [0, -1, 3.0, 2**53 - 1, 1 - 2**53, -0.0])
def test_whole_numbers(number: float) -> None:
    found = ChatMessage.from_wire({"role": "user", "timestamp": number}).timestamp
    assert found == number
    assert type(found) is int


@pytest.mark.parametrize(
    "number", [True, 1.5, 2**53, -(2**53), 1e308, 10**400, float("inf"), float("nan"), "1"]
)
def test_no_whole_numbers(number: Any) -> None:
    assert not is_whole(number)
    assert read(ChatMessage, {"role": "user", "timestamp": number}) is None
