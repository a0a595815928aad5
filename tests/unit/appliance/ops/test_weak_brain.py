"""A model that talks about tools and uses none becomes nobody's brain without a yes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.errors import Refused
from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch
from appliance.ops.provider_add import AddProvider
from appliance.ops.provider_trial import NO_TOOLS
from appliance.ops.providers import ADD
from appliance.ops.setup_brain import TRY, TryBrain
from appliance.ops.setup_draft import _asked_before
from appliance.providers.listing import default_model
from tests.fakes.box import Consent, make_box
from tests.unit.appliance.providers.raw_server import RawServer

CALL = Call("human:test", "cli")
_BODY = b'{"choices": [{"message": {"content": "OK"}, "finish_reason": "stop"}]}'
TALKER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(_BODY),
    _BODY,
)


async def test_it_is_the_default_only_with_consent(tmp_path: Path) -> None:
    box = make_box(tmp_path)
    with RawServer(TALKER) as server:
        wish = AddProvider("custom", "office", server.url, ("talker",), default=True)
        with pytest.raises(Refused) as refused:
            await dispatch(box, ADD, wish, CALL)
        assert refused.value.code == "no-consent"
        assert NO_TOOLS in refused.value.message
        assert not box.places.config_path.exists()
        consent = Consent()
        done = await dispatch(box, ADD, wish, replace(CALL, consent=consent))
        assert consent.asked == [NO_TOOLS]
    assert done.default_model == default_model(box.config.read().value) == "office/talker"


async def test_a_trial_tells_of_it(tmp_path: Path) -> None:
    with RawServer(TALKER) as server:
        found = await dispatch(make_box(tmp_path), TRY, TryBrain("custom", server.url, "talker"), CALL)
    assert {step.name: step.state for step in found.steps}["tool"] == "warning"


async def test_the_wizards_yes_answers_this_question_and_no_other() -> None:
    consent = Consent(answer=False)
    asked_before = _asked_before(consent)
    assert await asked_before(NO_TOOLS)
    assert not await asked_before("Something else?")
    assert consent.asked == ["Something else?"]
