"""Who answers is not kept: lines without an owner, and names of agents who are gone."""

from __future__ import annotations

from appliance.agents import ghosts, roster_edits, rule_edits
from tests.safety.planted.bug import Bug, nothing

DAY = "tests/unit/appliance/ops/test_routing_model.py::test_a_day_of_changes_leaves_nobody_without_an_answer"

BUGS = (
    Bug(
        "the rules of an agent that goes still name it",
        lambda: setattr(roster_edits, "with_heir", lambda rules, *_others: list(rules)),
        DAY,
    ),
    Bug(
        "the settings still name an agent that went",
        lambda: setattr(roster_edits, "handing_over", lambda *_arguments: []),
        DAY,
    ),
    Bug(
        "a line may be taken from its only owner",
        lambda: setattr(rule_edits, "_refuse_unowned", nothing),
        DAY,
    ),
    Bug(
        "a second agent leaves lines without an owner",
        lambda: setattr(roster_edits, "unowned_channels", lambda *_arguments: ()),
        DAY,
    ),
    Bug(
        "an undo names an agent that went meanwhile",
        lambda: setattr(ghosts, "refuse_new_ghosts", nothing),
        "tests/unit/appliance/ops/test_agents_routing.py::test_an_undo_never_names_an_agent_that_went_meanwhile",
    ),
)
