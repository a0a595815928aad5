"""Run by name for the planted bugs: deterministic, where the test of the model goes by chance."""

from __future__ import annotations

import pytest

from tests.safety.powercut.scenario import playground, record
from tests.safety.powercut.scenarios import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_nearly_usual_is_made_right(name: str) -> None:
    with playground() as folder:
        assert record(SCENARIOS[name], folder).first_violation() == ""
