"""The page behind `lunatui --help`, made from the area table alone."""

from __future__ import annotations

from appliance.ops.registry import AREAS

_HEAD = """\
lunatui: sets up, runs, explains and repairs an OpenClaw appliance.

  lunatui [--state-dir DIR] [--read-only] AREA VERB [ARGS] [--json] [--yes] [--dry-run]

Areas:
"""
_FOOT = """
Also:
  spec --json         every operation with its parameters and results as JSON Schema
  completion SHELL    the completion script for bash, zsh or fish

  lunatui AREA --help lists the verbs of an area.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused, 4 conflict, 5 unreachable, 6 not found,
  7 invalid configuration, 8 approval pending, 10 would change, 11 findings, 12 critical, 70 our bug.
"""


def overview() -> str:
    """The whole page, ready to print."""
    width = max(map(len, AREAS)) + 2
    lines = [f"  {name:{width}}{area.summary}\n" for name, area in AREAS.items()]
    return _HEAD + "".join(lines) + _FOOT
