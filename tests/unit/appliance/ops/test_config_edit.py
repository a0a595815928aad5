"""The one way an operation edits openclaw.json: what a save leaves behind when the file is broken at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from appliance.ops.config import SET, SetSetting
from appliance.ops.core import Call, Nothing
from appliance.ops.dispatch import dispatch
from appliance.ops.undo import LAST
from tests.fakes.box import make_box
from tests.fakes.gateway import TOKEN, FakeGateway

if TYPE_CHECKING:
    from pathlib import Path

CALL = Call("human:rosa", "cli")


async def test_a_file_that_somebody_breaks_right_after_the_save_keeps_its_way_back(tmp_path: Path) -> None:
    fake, path = FakeGateway(), tmp_path / ".openclaw" / "openclaw.json"
    saved: list[bytes] = []

    def state(_: Any) -> dict[str, Any]:
        if b"112233" in path.read_bytes():
            saved.append(path.read_bytes())
            path.write_bytes(b"{ broken")
        revision = "new" if saved else "old"
        return {"valid": True, "configRevisionHash": revision, "appliedConfigHash": revision, "issues": []}

    fake.handlers["config.get"] = state
    async with fake.listening() as port:
        path.parent.mkdir(mode=0o700)
        path.touch(mode=0o600)
        path.write_text(json.dumps({"gateway": {"port": port, "auth": {"mode": "token", "token": TOKEN}}}))
        box = make_box(tmp_path)
        await dispatch(box, SET, SetSetting("ui.seamColor", "#112233"), CALL)
        path.write_bytes(saved[0])
        del fake.handlers["config.get"]
        await dispatch(box, LAST, Nothing(), CALL)
    assert "ui" not in box.config.read().value
    await fake.stop()
