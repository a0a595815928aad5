"""A guard is off: what may never be written is."""

from __future__ import annotations

from appliance.store import checking, guards
from tests.safety.planted.bug import STORE, Bug, nothing

CONFIG = f"{STORE}test_config.py::"

BUGS = (
    Bug(
        "losing a section is not noticed",
        lambda: setattr(guards, "refuse_losses", nothing),
        f"{CONFIG}test_losing_something_by_the_way_is_refused",
    ),
    Bug(
        "a masked secret is written",
        lambda: setattr(guards, "refuse_markers", nothing),
        f"{CONFIG}test_a_masked_secret_is_never_written",
    ),
    Bug(
        "an invalid value is written",
        lambda: setattr(checking.Checks, "refuse_worse", lambda *_arguments: ()),
        f"{CONFIG}test_an_invalid_value_is_refused_in_words",
    ),
)
