"""The envelope: what is read, what is counted and ignored, what is refused as misbehaving."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.gateway.faults import Misbehaved
from appliance.gateway.frames import DEPTH_LIMIT, Answer, Event, Unknown, decode, encode_request


def nested(depth: int) -> str:
    """An event whose JSON is `depth` containers deep."""
    inner = depth - 1
    return '{"type":"event","event":"x","payload":' + "[" * inner + "]" * inner + "}"


def test_a_request_names_its_id_method_and_params() -> None:
    assert json.loads(encode_request("7", "cron.run", {"id": "é"})) == {
        "type": "req",
        "id": "7",
        "method": "cron.run",
        "params": {"id": "é"},
    }


def test_a_good_answer_carries_its_payload() -> None:
    raw = '{"type":"res","id":"7","ok":true,"payload":[1]}'
    assert decode(raw) == Answer("7", [1], None, len(raw))


def test_a_refusal_carries_all_of_the_error() -> None:
    error = {"code": "UNAVAILABLE", "message": "m", "details": {"limit": "30 per 60s"}, "retryable": True}
    frame = decode(
        json.dumps({"type": "res", "id": "7", "ok": False, "error": {**error, "retryAfterMs": 58.6}})
    )
    assert isinstance(frame, Answer)
    assert frame.fault is not None
    assert (frame.fault.code, frame.fault.retryable, frame.fault.retry_after_ms) == ("UNAVAILABLE", True, 58)
    assert frame.fault.detail("limit") == "30 per 60s"


@pytest.mark.parametrize(
    "error", [None, 3, [], {"code": 1, "message": [], "details": "x", "retryAfterMs": -1}]
)
def test_an_error_of_wrong_shape_is_still_a_refusal(error: object) -> None:
    frame = decode(json.dumps({"type": "res", "id": "7", "ok": False, "error": error}))
    assert isinstance(frame, Answer)
    assert frame.fault is not None
    assert (frame.fault.code, frame.fault.message, frame.fault.retry_after_ms) == ("", "", None)


def test_an_event_keeps_its_sequence_number() -> None:
    assert decode('{"type":"event","event":"tick","payload":{"ts":1},"seq":17}') == Event(
        "tick", {"ts": 1}, 17
    )


@pytest.mark.parametrize("raw", ['{"type":"push"}', '{"type":3}', "{}", '{"type":"event","event":4}'])
def test_an_unknown_frame_is_told_apart(raw: str) -> None:
    assert isinstance(decode(raw), Unknown)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01",
        "",
        "null",
        "[]",
        '"text"',
        "{",
        '{"type":"res","ok":true}',
        '{"type":"event","event":"x","payload":{"n":NaN}}',
        '{"type":"event","event":"x","payload":{"n":' + "9" * 5000 + "}}",
        nested(DEPTH_LIMIT + 1),
        nested(100_000),
    ],
)
def test_what_no_gateway_sends_is_misbehaving(raw: str | bytes) -> None:
    with pytest.raises(Misbehaved):
        decode(raw)


def test_the_deepest_allowed_frame_is_read() -> None:
    assert isinstance(decode(nested(DEPTH_LIMIT)), Event)


def test_a_wide_frame_is_not_a_deep_one() -> None:
    rows = [{"a": [1]} for _ in range(1000)]
    assert isinstance(decode(json.dumps({"type": "event", "event": "x", "payload": {"rows": rows}})), Event)


def test_a_frame_above_its_limit_is_misbehaving() -> None:
    raw = '{"type":"event","event":"x","payload":{}}'
    assert isinstance(decode(raw, limit=len(raw)), Event)
    with pytest.raises(Misbehaved):
        decode(raw, limit=len(raw) - 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_read_or_refused_but_never_breaks(value: object) -> None:
    try:
        decode(json.dumps(value))
    except Misbehaved:
        assert not isinstance(value, dict) or value.get("type") == "res"


@given(st.text() | st.binary())
def test_any_text_is_read_or_refused_but_never_breaks(raw: str | bytes) -> None:
    with pytest.raises(Misbehaved):
        decode(raw if isinstance(raw, bytes) else "x" + raw)
