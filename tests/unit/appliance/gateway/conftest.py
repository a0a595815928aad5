"""A fake gateway per test; its connections are ended afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.gateway.backoff import Backoff
from appliance.gateway.client import GatewayClient
from appliance.gateway.handshake import APPROVAL_CAPS, USUAL_CAPS
from appliance.gateway.identity import Identity, load_identity
from tests.fakes.gateway import FakeGateway, endpoint
from tests.fakes.talk import Talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def fake() -> AsyncIterator[FakeGateway]:
    gateway = FakeGateway()
    yield gateway
    await gateway.stop()


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    return load_identity(tmp_path / "identity")


@pytest.fixture
async def talk(fake: FakeGateway) -> AsyncIterator[Talk]:
    backoff = Backoff(base=0.001, cap=0.01)
    client = GatewayClient(
        endpoint(), opener=fake.opener, backoff=backoff, caps=(*USUAL_CAPS, *APPROVAL_CAPS)
    )
    client.start()
    await client.connected(60)
    yield Talk(fake, client)
    await client.close()
