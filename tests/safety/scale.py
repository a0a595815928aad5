"""How much of each safety test is run: `LUNATUI_SAFETY` is `quick` (the default), `ci` or `nightly`."""

from __future__ import annotations

import os

LEVEL = os.environ.get("LUNATUI_SAFETY", "quick")


def scale(quick: int, ci: int, nightly: int) -> int:
    """The figure for the level asked for."""
    return {"quick": quick, "ci": ci, "nightly": nightly}[LEVEL]
