"""`setup`: whether the box is ready, and the note in openclaw.json that says so."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.ops.config_edit import Saved, prepare_edits
from appliance.ops.core import Call, Done, Nothing, Operation, Prepared, Risk
from appliance.ops.setup_brain import BRAINS, TRY
from appliance.ops.setup_draft import ANSWER, APPLY, DRAFT, PLAN, TYPE
from appliance.ops.setup_sheet import REMIND, SHEET, SUMMARY
from appliance.ops.setup_status import STATUS

if TYPE_CHECKING:
    from appliance.api import Appliance

COMMAND = "lunatui"
WIZARD = "wizard"
"""The label of the version that the setup left."""


async def finish(box: Appliance, _params: Nothing, call: Call) -> Prepared[Saved]:
    """Note when and by what the box was set up, as OpenClaw's own setup does (gateway-core §8.4)."""
    from appliance.store.edits import Edit

    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fields = {"lastRunAt": now, "lastRunCommand": COMMAND, "lastRunMode": "local"}
    if engine := box.find_engine():
        fields["lastRunVersion"] = engine.version
    edits = [Edit(("wizard", key), value) for key, value in fields.items()]
    prepared = prepare_edits(box, edits, "setup.finish", call, why="setup completed")

    async def commit() -> Done[Saved]:
        from appliance.store.backups import Reason
        from appliance.store.versions import put_aside

        done = await prepared.commit()
        put_aside(box.config, Reason("setup.finish", call.actor, "as the setup left it", pinned=WIZARD))
        return done

    return replace(prepared, commit=commit)


FINISH = Operation(
    "setup.finish", "Note that the box is set up", Risk.CHANGE, Nothing, Saved, prepare=finish, local=True
)

OPERATIONS = (STATUS, DRAFT, BRAINS, TRY, ANSWER, TYPE, PLAN, APPLY, FINISH, SUMMARY, SHEET, REMIND)
