"""Every change is an entry, ours or not, with its meaning and its way back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from appliance.agents.service import archive_steps
from appliance.errors import Conflict, Invalid, LunaError, NotFound
from appliance.ops.agents import ARCHIVE
from appliance.ops.agents_edit import UPDATE, UpdateAgent
from appliance.ops.agents_restore import ArchiveAgent
from appliance.ops.config import BACKUPS, GET, SET, GetSetting, SetSetting
from appliance.ops.core import Nothing
from appliance.ops.dispatch import dispatch
from appliance.ops.history import LIST, RECOVER, SHOW, UNDO, ListChanges, OneChange
from appliance.ops.history_restore import DISMISS, RESTORE, WhichLoss, WhichVersion
from appliance.ops.undo import LAST
from appliance.store.disk import Disk
from appliance.store.versions import prepare_restore, restore
from tests.safety import kills
from tests.unit.appliance.ops.shops import STUB

if TYPE_CHECKING:
    from appliance.ops.history import ChangeRow
    from tests.unit.appliance.ops.shops import ShopBox


def changes(shop: ShopBox, **params: Any) -> tuple[ChangeRow, ...]:
    found: tuple[ChangeRow, ...] = shop.run(LIST, ListChanges(**params)).changes
    return found


def texts(row: ChangeRow) -> list[str]:
    return [each.text for each in row.told]


def pins(shop: ShopBox) -> list[str]:
    return sorted(pin for each in shop.run(BACKUPS, Nothing()).backups for pin in each.pinned)


def test_a_change_of_ours_says_who_from_where_and_what_it_means(shop: ShopBox) -> None:
    shop.run(UPDATE, UpdateAgent("hr", model="practice/b"))
    (row,) = changes(shop)
    assert (row.actor, row.via, row.operation, row.state) == (
        "human:rosa",
        "cli",
        "agents.update",
        "undoable",
    )
    assert texts(row) == ["HR & Admin: model changed from practice/a to practice/b"]
    detail = shop.run(SHOW, OneChange(row.id))
    assert detail.before != detail.after
    assert shop.box.config.backups.read(detail.backup) != shop.data
    assert detail.undo == "config.revert"


def test_a_change_from_outside_is_noticed_by_the_next_start_of_anything(shop: ShopBox) -> None:
    before = shop.data
    shop.edits(tools={"profile": "minimal"})
    shop.run(GET, GetSetting("gateway.port"))
    (row,) = changes(shop)
    assert (row.actor, row.operation, row.outside, row.loss) == (
        "outside:unknown",
        "outside.change",
        True,
        False,
    )
    assert texts(row) == ["Section tools: added"]
    detail = shop.run(SHOW, OneChange(row.id))
    assert shop.box.config.backups.read(detail.backup) == before
    assert [each.code for each in detail.evidence] == ["writer-unknown"]
    noted = [record for record in shop.box.audit.newest(5) if record["op"] == "outside.change"]
    assert [record["changes"] for record in noted] == [["Section tools: added"]]
    assert changes(shop) == (row,)


def test_nothing_is_noticed_where_nothing_may_be_written(shop: ShopBox) -> None:
    shop.edits(tools={"profile": "minimal"})
    box = shop.box
    box.read_only = True
    asyncio.run(dispatch(box, GET, GetSetting("gateway.port"), shop.call()))
    assert not shop.places.history_dir.exists()


def test_a_file_that_is_being_written_is_left_for_the_next_look(shop: ShopBox) -> None:
    whole = shop.data
    shop.writes(whole[:100], age=0.0)
    assert not shop.box.look_outside("test")
    shop.writes(whole)
    assert changes(shop) == ()


def test_a_save_right_after_a_foreign_edit_still_tells_of_it(shop: ShopBox) -> None:
    """Also when the edit is too young to be taken for a version."""
    shop.edits(tools={"profile": "minimal"})
    os.utime(shop.places.config_path)
    shop.run(SET, SetSetting("gateway.port", "2"))
    mine, theirs = changes(shop)
    assert (mine.operation, theirs.operation) == ("config.set", "outside.change")
    assert texts(mine) == ["Gateway: port changed from 1 to 2"]
    assert shop.value["tools"] == {"profile": "minimal"}


def test_our_own_save_that_could_not_say_so_is_not_taken_for_a_foreign_one(shop: ShopBox) -> None:
    known = shop.box.config.known(shop.places.config_path)
    before = known.read()
    assert before is not None
    shop.run(SET, SetSetting("gateway.port", "2"))
    known.keep(before)  # as after a kill between the save and its note
    assert not shop.box.look_outside("test")
    assert [row.operation for row in changes(shop)] == ["config.set"]
    assert known.read() == shop.data


def test_noticing_that_was_cut_off_is_done_again_and_told_once(
    shop: ShopBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.edits(tools={"profile": "minimal"})
    rename = Disk.rename

    def fails(self: Disk, source: Any, target: Any) -> None:
        if target.parent == shop.places.known_dir:
            raise OSError(28, "No space left on device")
        rename(self, source, target)

    with monkeypatch.context() as patched:
        patched.setattr(Disk, "rename", fails)
        said: list[str] = []
        shop.run(GET, GetSetting("gateway.port"), said=said)
        assert "no space" in said[0]
    assert len(changes(shop)) == 1


def test_a_change_from_outside_can_be_taken_back_by_name_only(shop: ShopBox) -> None:
    shop.edits(channels={"telegram": {"enabled": False, "dmPolicy": "open"}})
    (row,) = changes(shop)
    with pytest.raises(NotFound) as caught:
        shop.run(LAST, Nothing())
    assert caught.value.code == "nothing-to-undo"
    shop.run(UNDO, OneChange(row.id))
    assert shop.value["channels"]["telegram"]["dmPolicy"] == "pairing"
    assert changes(shop)[1].state == "undone"
    with pytest.raises(NotFound):
        shop.run(UNDO, OneChange(row.id))


def test_an_undo_is_refused_when_the_ground_has_moved(shop: ShopBox) -> None:
    shop.run(SET, SetSetting("gateway.port", "2"))
    (row,) = changes(shop)
    shop.run(SET, SetSetting("gateway.port", "3"))
    with pytest.raises(Conflict) as caught:
        shop.run(UNDO, OneChange(row.id))
    assert caught.value.code == "undo-moved"
    assert shop.value["gateway"]["port"] == 3


def test_undo_goes_further_back_each_time_and_an_undo_can_be_taken_back(shop: ShopBox) -> None:
    shop.run(SET, SetSetting("gateway.port", "2"))
    shop.run(SET, SetSetting("gateway.bind", "lan"))
    shop.run(LAST, Nothing())
    assert (shop.value["gateway"]["port"], shop.value["gateway"]["bind"]) == (2, "loopback")
    shop.run(LAST, Nothing())
    assert shop.value["gateway"]["port"] == 1
    newest = changes(shop)[0]
    assert newest.operation == "undo.last"
    shop.run(UNDO, OneChange(newest.id))
    assert shop.value["gateway"]["port"] == 2
    assert [row.state for row in changes(shop)] == ["undoable", "undone", "undoable", "undone", "undoable"]
    shop.run(LAST, Nothing())
    assert shop.value["gateway"]["port"] == 1


def test_what_is_too_old_says_so(shop: ShopBox) -> None:
    for port in range(2, 9):
        shop.run(SET, SetSetting("gateway.port", str(port)))
    states = [row.state for row in changes(shop)]
    assert states == ["undoable"] * 5 + ["too-old"] * 2


def test_a_version_put_aside_again_is_found_by_its_former_id(shop: ShopBox) -> None:
    shop.run(SET, SetSetting("gateway.port", "2"))
    first = changes(shop)[0]
    shop.run(LAST, Nothing())
    shop.run(SET, SetSetting("gateway.port", "3"))
    backup = shop.run(SHOW, OneChange(first.id)).backup
    assert backup not in {each.id for each in shop.run(BACKUPS, Nothing()).backups}
    shop.run(RESTORE, WhichVersion(backup))
    assert shop.value["gateway"]["port"] == 1


def test_the_list_can_be_filtered(shop: ShopBox) -> None:
    shop.run(SET, SetSetting("gateway.port", "2"))
    shop.edits(tools={"profile": "minimal"})
    assert [row.operation for row in changes(shop, outside=True)] == ["outside.change"]
    assert [row.operation for row in changes(shop, actor="human:rosa")] == ["config.set"]
    assert len(changes(shop, limit=1)) == 1
    with pytest.raises(NotFound) as caught:
        shop.run(SHOW, OneChange("0"))
    assert caught.value.code == "change-unknown"


@pytest.mark.parametrize("stub", [STUB, b"{", b"\xff", b""], ids=["stub", "torn", "bytes", "empty"])
def test_a_loss_is_kept_until_somebody_restores_it(shop: ShopBox, stub: bytes) -> None:
    whole = shop.data
    shop.writes(stub)
    (row,) = changes(shop)
    assert row.loss
    lost = shop.run(SHOW, OneChange(row.id)).lost
    assert any(each.code == "lost-agents" and "HR & Admin" in each.text for each in lost)
    for number in range(8):
        shop.writes(json.dumps({"gateway": {"mode": "local", "port": number + 10}}).encode())
        shop.box.look_outside("test")
    assert any(pin.startswith("loss-") for pin in pins(shop))
    shop.run(RESTORE, WhichVersion())
    assert shop.data == whole
    assert not any(each.loss for each in changes(shop))
    assert pins(shop) == ["before-restore"]


def test_what_cannot_be_read_is_kept_beside_the_file(shop: ShopBox) -> None:
    shop.writes(b"{ torn")
    shop.run(RESTORE, WhichVersion())
    (broken,) = shop.places.state_dir.glob("openclaw.json.broken.*")
    assert broken.read_bytes() == b"{ torn"
    assert broken.stat().st_mode & 0o777 == 0o600
    newest = changes(shop)[0]
    assert (newest.operation, newest.state) == ("history.restore", "final")


def test_a_restore_tells_first_what_it_means_and_can_be_taken_back(shop: ShopBox) -> None:
    shop.run(SET, SetSetting("gateway.port", "2"))
    (row,) = changes(shop)
    shop.run(UPDATE, UpdateAgent("hr", name="Helga"))
    before = shop.data
    planned = [change.summary for change in shop.plan(RESTORE, WhichVersion(row.id)).changes]
    assert "Helga: now called HR & Admin" in planned
    assert "Gateway: port changed from 2 to 1" in planned
    assert shop.data == before
    shop.run(RESTORE, WhichVersion(row.id))
    assert shop.value["gateway"]["port"] == 1
    shop.run(LAST, Nothing())
    assert shop.data == before


def test_a_file_changed_while_it_was_looked_at_is_not_written_over(shop: ShopBox) -> None:
    shop.run(SET, SetSetting("gateway.port", "2"))
    box = shop.box
    old = box.config.backups.read(shop.run(BACKUPS, Nothing()).backups[0].id)
    prepared = prepare_restore(box.config, old)
    shop.edits(tools={"profile": "minimal"})
    theirs = shop.data
    with pytest.raises(Conflict) as caught:
        restore(box.config, prepared, operation="history.restore", actor="human:rosa", why="a test")
    assert caught.value.code == "config-changed"
    assert shop.data == theirs


def test_a_version_that_cannot_be_read_or_holds_a_mask_is_not_restored(shop: ShopBox) -> None:
    shop.writes(b"{ torn")
    shop.box.look_outside("test")
    shop.writes(json.dumps({"gateway": {"auth": {"token": "__OPENCLAW_REDACTED__"}}}).encode())
    shop.box.look_outside("test")
    shop.writes(b'{"gateway": {}}')
    shop.box.look_outside("test")
    masked, torn, _whole = shop.run(BACKUPS, Nothing()).backups
    with pytest.raises(Invalid):
        shop.run(RESTORE, WhichVersion(torn.id))
    with pytest.raises(LunaError) as caught:
        shop.run(RESTORE, WhichVersion(masked.id))
    assert caught.value.code == "config-redacted"


def test_a_loss_that_was_wanted_is_dismissed(shop: ShopBox) -> None:
    agents = {**shop.value["agents"], "entries": {"luna": {"name": "Luna"}}}
    shop.edits(agents=agents)
    (row,) = changes(shop)
    assert row.loss
    result = shop.run(DISMISS, WhichLoss())
    assert [each.code for each in result.lost] == ["lost-agents"]
    assert not any(each.loss for each in changes(shop))
    assert pins(shop) == []
    with pytest.raises(NotFound) as caught:
        shop.run(DISMISS, WhichLoss())
    assert caught.value.code == "nothing-lost"
    with pytest.raises(NotFound):
        shop.run(RESTORE, WhichVersion())


def test_a_loss_is_meant_by_its_name_or_not_at_all(shop: ShopBox) -> None:
    """Two losses whose ids begin the same, and one that nobody knows: nothing is dismissed by a guess."""
    agents = {**shop.value["agents"], "entries": {"luna": {"name": "Luna"}}}
    shop.edits(agents=agents)
    changes(shop)
    shop.edits(channels={})
    second, first = changes(shop)
    for name in ("0", "9"):
        with pytest.raises(NotFound) as caught:
            shop.run(DISMISS, WhichLoss(name))
        assert caught.value.code == "change-unknown"
    assert shop.run(DISMISS, WhichLoss(second.id)).entry == second.id
    assert [each.id for each in changes(shop) if each.loss] == [first.id]


def test_a_loss_is_settled_when_everything_is_back(shop: ShopBox) -> None:
    whole = shop.value
    shop.edits(channels={})
    (row,) = changes(shop)
    assert row.loss
    shop.edits(channels={**whole["channels"], "slack": {"enabled": False}})
    assert not any(each.loss for each in changes(shop))
    assert shop.run(SHOW, OneChange(row.id)).settled == "back"


def test_of_two_losses_the_first_version_brings_everything_back(shop: ShopBox) -> None:
    whole = shop.data
    shop.edits(channels={}, bindings=[])
    shop.box.look_outside("test")
    shop.writes(STUB)
    shop.run(RESTORE, WhichVersion())
    assert shop.data == whole
    assert not any(each.loss for each in changes(shop))


def test_an_archived_agent_comes_back_with_folder_and_rules(shop: ShopBox) -> None:
    folder = shop.places.state_dir / "workspaces" / "hr"
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("mine")
    agents = shop.value["agents"]
    agents["entries"]["hr"]["workspace"] = str(folder)
    rules = [{"agentId": "hr", "match": {"channel": "telegram", "accountId": "b"}}, *shop.value["bindings"]]
    shop.edits(agents=agents, bindings=rules)
    before = shop.value
    shop.run(ARCHIVE, ArchiveAgent("hr"))
    assert "hr" not in shop.value["agents"]["entries"]
    assert not folder.exists()
    shop.run(LAST, Nothing())
    assert shop.value == before
    assert (folder / "mine.txt").read_text() == "mine"


def test_an_archived_agent_does_not_come_back_over_another(shop: ShopBox) -> None:
    folder = shop.places.state_dir / "workspaces" / "hr"
    folder.mkdir(parents=True)
    agents = shop.value["agents"]
    agents["entries"]["hr"]["workspace"] = str(folder)
    shop.edits(agents=agents)
    shop.run(ARCHIVE, ArchiveAgent("hr"))
    folder.mkdir()
    with pytest.raises(Conflict) as caught:
        shop.run(LAST, Nothing())
    assert caught.value.code == "file-exists"
    folder.rmdir()
    for entry in shop.places.trash_dir.iterdir():
        entry.rename(shop.places.home / entry.name)
    with pytest.raises(NotFound) as gone:
        shop.run(LAST, Nothing())
    assert gone.value.code == "trash-gone"


def cut_off_at_its_end(shop: ShopBox) -> None:
    def work(_hook: Any, _acknowledge: Any) -> None:
        def stop(step: str) -> None:
            if step == "j5-done":
                os.kill(os.getpid(), signal.SIGKILL)

        box = shop.box
        plan = archive_steps(box.config.read().value, "hr", shop.places)
        box.journal._hook = stop
        box.journal.run("agents.archive", plan.steps, actor="human:rosa")

    assert kills.kill_after(work, 30.0).killed


def test_what_a_crash_cut_off_is_an_entry(shop: ShopBox) -> None:
    cut_off_at_its_end(shop)
    (row,) = shop.run(RECOVER, Nothing()).changes
    assert (row.actor, row.operation, row.why) == ("system:recovery", "agents.archive", "rolled-forward")
    assert shop.run(RECOVER, Nothing()).changes[0].id == row.id


def test_whoever_makes_the_next_change_is_told_what_became_of_it(shop: ShopBox) -> None:
    cut_off_at_its_end(shop)
    said: list[str] = []
    shop.run(SET, SetSetting("agents.entries.luna.name", "Ada"), said=said)
    assert said[0] == "After an interruption: agents.archive was finished."
    said.clear()
    shop.run(SET, SetSetting("agents.entries.luna.name", "Bea"), said=said)
    assert not [text for text in said if "interruption" in text]


def test_a_save_that_never_said_how_it_ended_is_told_of_once(shop: ShopBox) -> None:
    def work(_hook: Any, _acknowledge: Any) -> None:
        with patch.object(Disk, "rename", lambda *_: os.kill(os.getpid(), signal.SIGKILL)):
            shop.run(SET, SetSetting("agents.entries.luna.name", "Ada"))

    shop.run(SET, SetSetting("agents.entries.luna.name", "Bea"))
    assert kills.kill_after(work, 30.0).killed
    said: list[str] = []
    shop.run(SET, SetSetting("agents.entries.luna.name", "Cora"), said=said)
    assert said[0].startswith("config.set was cut off before its end was recorded")
    said.clear()
    shop.run(SET, SetSetting("agents.entries.luna.name", "Dora"), said=said)
    assert not [text for text in said if "cut off" in text]
