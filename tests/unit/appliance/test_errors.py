"""The error tree: stable codes, a message and a next step."""

from __future__ import annotations

import pytest

from appliance import errors
from appliance.errors import LunaError


def tree(kind: type[LunaError]) -> list[type[LunaError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in tree(child))]


def test_codes_are_stable() -> None:
    assert {kind.__name__: kind.code for kind in tree(LunaError) if kind.__module__ == errors.__name__} == {
        "LunaError": "failed",
        "Usage": "usage",
        "Refused": "refused",
        "Conflict": "conflict",
        "Unreachable": "unreachable",
        "NotFound": "not-found",
        "Invalid": "invalid",
        "ApprovalPending": "approval-pending",
    }


@pytest.mark.parametrize("kind", [errors.Usage, errors.Conflict, LunaError])
def test_a_narrower_code_belongs_to_one_error_only(kind: type[LunaError]) -> None:
    error = kind("It broke.", hint="Mend it.", code="broken")
    assert (str(error), error.message, error.hint, error.code) == (
        "It broke.",
        "It broke.",
        "Mend it.",
        "broken",
    )
    assert kind("x").code != "broken"
    assert kind("x").hint == ""


def test_the_tree_is_drawn_where_it_is_defined() -> None:
    assert errors.__doc__ is not None
    for kind in tree(LunaError):
        if kind.__module__ == errors.__name__:
            assert kind.__name__ in errors.__doc__
