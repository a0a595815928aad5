"""Servers that play a provider."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from appliance.practice.server import PracticeServer
from tests.unit.appliance.providers.raw_server import RawServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def raw() -> Iterator[Callable[..., RawServer]]:
    with contextlib.ExitStack() as running:
        yield lambda answer, context=None, **ways: running.enter_context(RawServer(answer, context, **ways))


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    with PracticeServer(delay=0.3, pace=0) as server:
        yield server
