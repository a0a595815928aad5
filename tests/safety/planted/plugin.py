"""A plugin for pytest: plants the bug that `LUNATUI_PLANTED` names, before any test is imported."""

from __future__ import annotations

import os

from tests.safety.planted.bugs import BUGS

BUGS[os.environ["LUNATUI_PLANTED"]].plant()
