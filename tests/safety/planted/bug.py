"""A fault on purpose, and the test that must fail with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

STORE = "tests/unit/appliance/store/"
OPS = "tests/unit/appliance/ops/test_dispatch.py::"
SAFETY = "tests/safety/"


@dataclass(frozen=True)
class Bug:
    """Planted at run time, in a process of its own."""

    name: str
    plant: Callable[[], None]
    caught_by: str
    """A test, as pytest names it."""


def near(scenario: str) -> str:
    """The disks that are found one step from the usual after a power cut in this scenario."""
    return f"tests/safety/planted/near_states.py::test_what_is_nearly_usual_is_made_right[{scenario}]"


class Whatever:
    """Equal to everything: what stands in for a comparison that was left out."""

    def __eq__(self, _other: object) -> bool:
        return True

    def __ne__(self, _other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


def nothing(*_arguments: object, **_options: object) -> None:
    """Does not do what it should."""
