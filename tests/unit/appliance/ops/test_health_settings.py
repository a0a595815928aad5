"""The look at the shop tells of a loss, of a lock in the way, and pins what was healthy for a day."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from appliance.ops.core import Nothing
from appliance.ops.health import GLANCE
from appliance.ops.health_settings import HEALTHY_S, keep_healthy, lock_of, loss_of
from appliance.ops.history_restore import DISMISS, RESTORE, WhichLoss, WhichVersion
from appliance.ops.setup import FINISH
from appliance.ops.setup_status import STATUS
from appliance.store.processes import start_time
from tests.unit.appliance.ops.shops import STUB

if TYPE_CHECKING:
    from appliance.health.models import Glance
    from tests.unit.appliance.ops.shops import ShopBox


def glance(shop: ShopBox) -> Glance:
    found: Glance = shop.run(GLANCE, Nothing())
    return found


@pytest.mark.parametrize("stub", [STUB, b"{ torn", b""], ids=["stub", "torn", "empty"])
def test_a_loss_is_the_trouble_until_it_is_restored(shop: ShopBox, stub: bytes) -> None:
    whole = shop.data
    shop.writes(stub)
    seen = glance(shop)
    assert seen.state == "closed"
    trouble = seen.trouble
    assert trouble is not None
    assert (trouble.code, trouble.repair) == ("settings-lost", "history.restore")
    assert trouble.facts["agents"] == "Luna, HR & Admin"
    assert (trouble.facts["writer"], trouble.facts["lines"]) == ("outside:unknown", "telegram")
    shop.run(RESTORE, WhichVersion())
    assert shop.data == whole
    after = glance(shop).trouble
    assert after is None or after.code != "settings-lost"
    assert loss_of(shop.box) is None


def lock(shop: ShopBox, content: bytes, age: float) -> None:
    path = shop.places.state_dir / "openclaw.json.lock"
    path.write_bytes(content)
    when = time.time() - age
    os.utime(path, (when, when))


def test_an_orphaned_lock_is_found_by_the_next_look(shop: ShopBox) -> None:
    lock(shop, b"", 61)
    found = lock_of(shop.box, time.time())
    assert found is not None
    assert (found.code, found.repair) == ("lock-orphan", "config.unlock")
    trouble = glance(shop).trouble
    assert trouble is not None


def test_a_lock_that_is_held_for_long_is_told_with_its_holder(shop: ShopBox) -> None:
    held = {"pid": os.getpid(), "createdAt": "2026-11-20T10:00:00.000Z", "starttime": start_time(os.getpid())}
    lock(shop, json.dumps(held).encode(), 100)
    found = lock_of(shop.box, time.time())
    assert found is not None
    assert (found.code, found.repair) == ("lock-held", None)
    assert found.facts["pid"] == str(os.getpid())
    assert lock_of(shop.box, 0.0) is None
    (shop.places.state_dir / "openclaw.json.lock").unlink()
    assert lock_of(shop.box, time.time()) is None


def pins(shop: ShopBox) -> dict[str, bytes]:
    backups = shop.box.config.backups
    return {each.pinned: backups.read(each.id) for each in backups.list() if each.pinned}


def test_what_the_shop_ran_on_for_a_day_is_pinned_once(shop: ShopBox) -> None:
    now = time.time()
    keep_healthy(shop.box, now - HEALTHY_S - 10, now)
    assert pins(shop) == {}
    later = now + HEALTHY_S + 100
    keep_healthy(shop.box, None, later)
    keep_healthy(shop.box, later - 60, later)
    assert pins(shop) == {}
    keep_healthy(shop.box, now - 10, later)
    keep_healthy(shop.box, now - 10, later)
    assert pins(shop) == {"healthy": shop.data}
    assert len(shop.box.config.backups.list()) == 1


def test_what_the_setup_left_is_pinned(shop: ShopBox) -> None:
    shop.run(FINISH, Nothing())
    assert pins(shop) == {"wizard": shop.data}


def test_a_box_that_lost_its_settings_is_not_set_up_anew(shop: ShopBox) -> None:
    shop.edits(wizard={"lastRunAt": "2026-11-20T10:00:00.000Z"})
    assert shop.run(STATUS, Nothing()).finished
    shop.writes(STUB)
    seen = shop.run(STATUS, Nothing())
    assert (seen.finished, seen.agents) == (True, ())
    shop.run(DISMISS, WhichLoss())
    assert not shop.run(STATUS, Nothing()).finished
