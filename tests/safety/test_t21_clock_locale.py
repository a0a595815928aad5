"""T21: whatever the clock and the locale are, order, expiry, ring, locks, history and record stay right.

Order is a number, never a time; a wait is measured by the clock that only goes forward.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from appliance.api import Appliance
from appliance.audit.log import AuditLog
from appliance.audit.verify import verify
from appliance.errors import Conflict
from appliance.history.entries import History
from appliance.history.receipts import KEPT_SECONDS, Receipts
from appliance.ops import config as config_ops
from appliance.ops import undo
from appliance.ops.audit import LIST, ListRecords
from appliance.ops.core import Call, Nothing
from appliance.ops.dispatch import dispatch
from appliance.store import trash
from appliance.store.config import ConfigStore
from appliance.store.disk import Disk
from appliance.store.edits import Edit
from appliance.store.locks import acquire, inspect_lock, sidecar_path
from tests.fakes.box import environment
from tests.safety import kills
from tests.safety.boxes import Box
from tests.safety.clocks import YEAR, WrongClock, wrong_clock
from tests.safety.scale import scale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JUMPS = (0, 10 * YEAR, -10 * YEAR, 1, -1, 0, 12 * YEAR, -20 * YEAR)
"""Seconds from the right time, one after the other."""
MOMENTS = (
    "2038-01-19T03:14:06+00:00",
    "2038-01-19T03:14:07+00:00",
    "2038-01-19T03:14:08+00:00",
    "1970-01-01T00:00:01+00:00",
    "2016-12-31T23:59:59+00:00",
    "2017-01-01T00:00:00+00:00",
    "2106-02-07T06:28:17+00:00",
)
"""Around the end of 31 and of 32 bits, at the beginning, and around a leap second."""
DST = ("2026-10-25T00:59:59+00:00", "2026-10-25T01:00:01+00:00", "2026-03-29T01:00:01+00:00")
"""In Berlin an hour that is there twice, and one that is not."""
ROUNDS = scale(1, 3, 30)
LAST = "2999-12-31T23:59:59+00:00"


@pytest.fixture
def clock() -> Iterator[WrongClock]:
    with wrong_clock() as clock:
        yield clock


@pytest.fixture
def box(tmp_path: Path) -> Box:
    (tmp_path / "home").mkdir()
    return Box.make(tmp_path / "home")


def person() -> Call:
    return Call("human:rosa", "cli")


def appliance(box: Box) -> Appliance:
    return Appliance(box.places, environment(box.home))


def ticks(clock: WrongClock) -> Iterator[None]:
    """Every moment of the day that has ever been trouble, one after the other."""
    for _ in range(ROUNDS):
        for shift in JUMPS:
            clock.at, clock.shift = None, shift
            yield
        clock.shift = 0
        for moment in (*MOMENTS, *DST, LAST):
            clock.show(moment)
            yield
        clock.at = None


async def change(box: Box, number: int) -> None:
    await dispatch(
        appliance(box),
        config_ops.SET,
        config_ops.SetSetting("messages.responsePrefix", f'"{number}"'),
        person(),
    )


async def test_order_is_that_of_the_changes_whatever_the_clock_says(box: Box, clock: WrongClock) -> None:
    count = 0
    for count, _ in enumerate(ticks(clock), 1):
        await change(box, count)
        newest = appliance(box).history.newest()
        assert newest is not None
        assert newest.changes[0].rpartition(" ")[2].strip('"') == str(count)
    made = appliance(box)
    ids = [entry.id for entry in made.history.entries()]
    assert ids == sorted(set(ids))
    assert len(ids) == count
    report = verify(made.audit)
    assert (report.whole, report.records) == (True, 2 * count)
    told = await dispatch(made, LIST, ListRecords(limit=10_000), person())
    assert [record.seq for record in told.records] == list(range(1, 2 * count + 1))
    print(f"figure changes at a wrong time: {count}")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record.at) for record in told.records)


async def test_the_last_change_is_the_one_that_is_taken_back(box: Box, clock: WrongClock) -> None:
    await change(box, 1)
    clock.shift = -10 * YEAR
    await change(box, 2)
    clock.shift = 10 * YEAR
    await change(box, 3)
    clock.shift = -5 * YEAR
    for left in (2, 1):
        await dispatch(appliance(box), undo.LAST, Nothing(), person())
        prefix = appliance(box).config.read().value["messages"]["responsePrefix"]
        assert prefix == str(left)


def test_the_ring_holds_the_last_five_whatever_their_dates(box: Box, clock: WrongClock) -> None:
    texts: list[bytes] = []
    for number, _ in enumerate(ticks(clock)):
        store = ConfigStore(box.places, env={})
        texts.append(box.places.config_path.read_bytes())
        store.save(store.prepare([Edit(("env", "vars", "K"), str(number))]), operation="config.set")
        listed = store.backups.list()
        assert [store.backups.read(entry.id) for entry in listed] == texts[::-1][:5]
    box.check_backups(5)


def test_a_living_lock_stays_where_the_clock_is_put_back(tmp_path: Path, clock: WrongClock) -> None:
    lock = sidecar_path(tmp_path / "openclaw.json")
    held = acquire(lock, time.monotonic() + 10, Disk(), lambda _text: None)
    data = lock.read_bytes()
    for _ in ticks(clock):
        assert inspect_lock(lock).kind == "live"
        with pytest.raises(Conflict):
            acquire(lock, time.monotonic() + 0.002, Disk(), lambda _text: None)
        assert lock.read_bytes() == data
    assert held.release()


def test_a_wait_for_a_lock_is_as_long_as_it_was_said_to_be(tmp_path: Path, clock: WrongClock) -> None:
    """The clock jumps while somebody waits: a wait that counted by it would end at once, or in ten years."""
    lock = sidecar_path(tmp_path / "openclaw.json")
    held = acquire(lock, time.monotonic() + 10, Disk(), lambda _text: None)
    shifts = iter((-10 * YEAR, 10 * YEAR))

    class Jumping(Disk):
        def stat(self, path: Path) -> os.stat_result:
            clock.shift = next(shifts, clock.shift)
            return super().stat(path)

    began = time.monotonic()
    with pytest.raises(Conflict):
        acquire(lock, began + 0.2, Jumping(), lambda _text: None)
    assert time.monotonic() - began >= 0.2
    assert held.release()
    acquire(lock, time.monotonic() + 10, Jumping(), lambda _text: None)


@pytest.mark.parametrize("shift", [-10 * YEAR, 10 * YEAR])
def test_a_dead_lock_from_another_time_gives_way(tmp_path: Path, clock: WrongClock, shift: float) -> None:
    lock = sidecar_path(tmp_path / "openclaw.json")

    def work(hook: Callable[[str], None], _acknowledge: Callable[[str], None]) -> None:
        clock.shift = shift
        acquire(lock, time.monotonic() + 10, Disk(), lambda _text: None)
        hook("held")

    assert kills.kill_at_step(work, 0).killed
    acquire(lock, time.monotonic() + 10, Disk(), pytest.fail)


def test_a_lock_with_a_leap_second_is_read(tmp_path: Path) -> None:
    lock = sidecar_path(tmp_path / "openclaw.json")
    lock.write_text(json.dumps({"pid": os.getpid(), "createdAt": "2016-12-31T23:59:60.500Z"}))
    assert (inspect_lock(lock).kind, inspect_lock(lock).since) == ("live", "2016-12-31T23:59:60.500Z")


def test_a_result_is_kept_its_week_and_not_for_ever(tmp_path: Path, clock: WrongClock) -> None:
    receipts = Receipts(tmp_path / "receipts")
    receipts.keep("key", "digest", {"n": 1})
    for shift, found in ((0, True), (KEPT_SECONDS - 60, True), (3600, True), (-3600, True)):
        clock.shift = shift
        assert (receipts.find("key", "digest") is not None) is found
    for shift in (KEPT_SECONDS + 60, 10 * YEAR, -10 * YEAR):
        clock.shift = shift
        assert receipts.find("key", "digest") is None
    clock.shift = 10 * YEAR
    receipts.keep("late", "digest", {"n": 2})
    clock.shift = 0
    assert receipts.find("late", "digest") is None  # of a time that has not come: it would stay for ten years


def test_the_trash_goes_after_30_days_and_not_before_they_begin(tmp_path: Path, clock: WrongClock) -> None:
    stamps = ("20260101T000000", "20260301T120000", "20380119T031408")

    def left(moment: str) -> int:
        """On a box that has looked the day before too."""
        folder = tmp_path / moment
        folder.mkdir()
        clock.show(moment)
        trash.expired(folder, time.time() - 24 * 3600)
        for stamp in stamps:
            (folder / f"{stamp}000000Z-0123abcd").mkdir()
        return 3 - len(trash.expired(folder))

    assert left("2016-01-01T00:00:00+00:00") == 3
    assert left("2026-01-31T00:00:00+00:00") == 3
    assert left("2026-01-31T00:00:01+00:00") == 2
    assert left("2026-03-29T01:00:01+00:00") == 2
    assert left("2038-02-18T03:14:08+00:00") == 1
    assert left("2038-02-18T03:14:09+00:00") == 0


def test_what_came_while_the_clock_was_behind_is_kept_from_when_it_is_put_right(
    tmp_path: Path, clock: WrongClock
) -> None:
    clock.show("2016-01-01T00:00:00+00:00")
    (tmp_path / "20160101T000000000000Z-0123abcd").mkdir()
    for moment in (
        "2016-01-01T00:00:01",
        "2026-03-01T00:00:00",
        "2026-03-01T00:00:01",
        "2026-03-30T00:00:00",
    ):
        clock.show(f"{moment}+00:00")
        assert trash.expired(tmp_path) == ()
    clock.show("2026-03-31T00:00:01+00:00")
    assert len(trash.expired(tmp_path)) == 1


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Apia", "UTC"])
async def test_what_is_written_down_is_utc_also_in_the_hour_that_comes_twice(
    box: Box, clock: WrongClock, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for number, moment in enumerate(DST[:2], 1):
            clock.show(moment)
            await change(box, number)
        made = appliance(box)
        assert [entry.at for entry in made.history.entries()] == [f"{moment[:19]}Z" for moment in DST[:2]]
        told = await dispatch(made, LIST, ListRecords(), person())
        assert {record.at for record in told.records} == {f"{moment[:19]}Z" for moment in DST[:2]}
        stamps = [entry.id.partition("-")[0] for entry in made.config.backups.list()[::-1]]
        assert stamps == [re.sub("[-:]", "", moment[:19]) + "Z" for moment in DST[:2]]
        found = await dispatch(made, LIST, ListRecords(since=DST[1][:19]), person())
        assert [record.seq for record in found.records] == [3, 4]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_several_processes_with_clocks_of_their_own_make_one_order(tmp_path: Path, clock: WrongClock) -> None:
    log, history = AuditLog(tmp_path / "audit"), History(tmp_path / "history")

    def worker(shift: float) -> kills.Work:
        def work(_hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
            clock.shift = shift
            for number in range(scale(5, 15, 150)):
                log.append({"phase": "note", "via": "cli", "op": "notes.write", "n": number})
                history.add(actor="human:rosa", operation="notes.write", changes=[str(number)], undo=None)
                acknowledge(str(number))

        return work

    endings = kills.run_together([worker(shift) for shift in (0, 10 * YEAR, -10 * YEAR)])
    assert [ending.error for ending in endings] == [""] * 3
    assert verify(log).whole
    by_process: dict[int, list[int]] = {}
    for record in log.records():
        by_process.setdefault(record["pid"], []).append(record["n"])
    assert all(one < other for numbers in by_process.values() for one, other in pairwise(numbers))
    entries: dict[str, list[int]] = {}
    for entry in history.entries():
        entries.setdefault(entry.id.partition("-")[2], []).append(int(entry.changes[0]))
    assert all(one < other for numbers in entries.values() for one, other in pairwise(numbers))


LOCALES = (
    {"LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "xx_YY.no-such"},
    {"LC_ALL": "C.UTF-8"},
)


def lunatui(home: bytes, *argv: str | bytes, **env: str) -> subprocess.CompletedProcess[bytes]:
    """The real command line in a home and a locale."""
    usual = {"PATH": os.environ["PATH"], "HOME": os.fsdecode(home), "NO_COLOR": "1"}
    return subprocess.run(
        [os.fsencode(sys.executable), b"-m", b"lunatui", *map(os.fsencode, argv)],
        env={os.fsencode(key): os.fsencode(value) for key, value in {**usual, **env}.items()},
        capture_output=True,
        timeout=60,
        check=False,
    )


def result(answer: subprocess.CompletedProcess[bytes]) -> Any:
    assert answer.returncode == 0, answer.stderr + answer.stdout
    return json.loads(answer.stdout)["result"]


@pytest.mark.parametrize("env", LOCALES, ids=["C", "ascii", "POSIX", "unknown", "utf-8"])
def test_letters_survive_every_locale(tmp_path: Path, env: dict[str, str]) -> None:
    home = os.fsencode(tmp_path)
    name = "Café Zoë 東京"
    answer = lunatui(home, "settings", "business", "--name", name, "--json", **env)
    assert result(answer)
    (kept,) = (path for path in tmp_path.rglob("*") if path.is_file() and name.encode() in path.read_bytes()
               and "audit" not in path.parts and "history" not in path.parts)  # fmt: skip
    assert kept.read_bytes().decode()
    shown = lunatui(home, "audit", "list", **env)
    assert shown.returncode == 0, shown.stderr
    records = result(lunatui(home, "audit", "list", "--json", **env))["records"]
    assert name in records[0]["changes"][0]
    assert result(lunatui(home, "audit", "verify", "--json", **env))["records"] == 2


def test_folders_whose_names_are_no_text_are_like_any_other(tmp_path: Path) -> None:
    home = os.fsencode(tmp_path) + b"/caf\xe9 \xff"
    Path(os.fsdecode(home)).mkdir()
    to = home + b"/\xfe.csv"
    assert result(lunatui(home, "settings", "business", "--name", "Rosa", "--json"))
    assert result(lunatui(home, "config", "set", "messages.responsePrefix", "a", "--json"))
    assert result(lunatui(home, "config", "set", "messages.responsePrefix", "b", "--json"))
    exported = lunatui(home, b"audit", b"export", b"--format", b"csv", b"--to", to, b"--json")
    assert exported.returncode == 0, exported.stderr + exported.stdout
    assert Path(os.fsdecode(to)).read_bytes().count(b"\r\n") > 6
    assert result(lunatui(home, "audit", "verify", "--json"))["records"] == 8
    assert result(lunatui(home, "undo", "--json"))
    ours = Path(os.fsdecode(home)) / ".local/share/lunatui"
    assert sorted(path.name for path in (ours / "backups/config").glob("*.json5"))
    assert verify(AuditLog(ours / "audit")).whole
