"""T11, promise 7: nothing happens off the record, and nothing on it can be changed unseen.

What only a head kept elsewhere can show (records missing at the very end, a history rewritten whole) is tried
with one; that it stays unseen without is stated, and tried too, in `tests/unit/appliance/audit`.
"""

from __future__ import annotations

import errno
import io
import json
import os
import random
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import pytest

from appliance.audit import intents
from appliance.audit.chain import Link, walk
from appliance.audit.intents import close_abandoned, open_intents, process_start
from appliance.audit.log import AuditLog, AuditUnavailable
from appliance.audit.record import GENESIS, chained
from appliance.audit.retention import removable, remove
from appliance.audit.segments import append_synced
from appliance.audit.verify import kind_of, verify
from tests.safety import kills
from tests.safety.chance import seeded
from tests.safety.scale import scale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appliance.audit.signing import SignedHead


RECORDS = scale(40, 200, 5_000)
PARTS = 4
"""Shares of the bits, for as many processes; all of them are flipped, at every level."""
BITS = scale(200, 2_000, 100_000)
"""Flips in files, besides the first and the last byte of each record."""
ROUNDS = scale(3, 12, 100)
APPENDS = scale(25, 100, 1_000)
RESERVE = 4096
FULL, FULL_STEP = scale(8_000, 16_000, 90_000), scale(1_311, 701, 307)
"""Bytes of room on the disk besides the reserve, up to which, and in what steps it is tried."""
WINDOW = 4
"""Records in the file that a bit is flipped in: the chain before them stays as it was checked once."""


class Small(NamedTuple):
    """A stretch of the log in a folder of its own, as if what came before had been removed on purpose."""

    log: AuditLog
    lines: list[bytes]
    first: int


def bodies(count: int) -> Iterator[dict[str, object]]:
    """What an evening leaves behind: intents, outcomes, refusals, letters of every alphabet."""
    for number in range(count):
        corr = f"{number // 2:032x}"
        phase = ("intent", "outcome")[number % 2] if number % 7 else "refusal"
        yield {
            "actor": "human:rosa",
            "via": "cli",
            "op": "agents.update",
            "risk": "change",
            "phase": phase,
            "corr": corr,
            "params": {"name": f"Zoë {number}", "text": 'a "quoted" \\ line\n'},
            "changes": [f"agents.{number}: a → b"],
        }


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> AuditLog:
    """The log all harm is done to copies of."""
    log = AuditLog(tmp_path_factory.mktemp("t11") / "audit", segment_bytes=64 * 1024)
    every = list(bodies(RECORDS))
    log.append_all(lambda: every)
    report = verify(log)
    assert (report.whole, report.records) == (True, RECORDS)
    return log


@pytest.fixture(scope="module")
def lines(original: AuditLog) -> list[bytes]:
    """Its lines."""
    return b"".join(path.read_bytes() for path in original.segments()).splitlines(keepends=True)


@pytest.fixture(scope="module")
def head(original: AuditLog) -> SignedHead:
    """Its end, kept elsewhere."""
    return original.head(kept=False)


@pytest.fixture
def copy(tmp_path: Path) -> AuditLog:
    """An empty log to put lines into."""
    log = AuditLog(tmp_path / "copy")
    log.folder.mkdir()
    return log


def put(log: AuditLog, lines: list[bytes]) -> None:
    (log.folder / "segment-000001.jsonl").write_bytes(b"".join(lines))


def windows(lines: list[bytes], folder: Path) -> Iterator[Small]:
    """The log in stretches; each begins where a signed removal has ended."""
    for start in range(0, len(lines), WINDOW):
        log = AuditLog(folder / f"from-{start}", segment_bytes=1)
        log.folder.mkdir()
        if start:
            (log.folder / "segment-000001.jsonl").write_bytes(lines[start - 1])
            (log.folder / "segment-000002.jsonl").write_bytes(lines[start])
            log.identity = lambda: "0" * 32  # type: ignore[method-assign]  # its first record is not here
            remove(log, log.segments()[:1])
            (log.folder / "segment-000002.jsonl").unlink()
        stretch = lines[start : start + WINDOW]
        put(log, stretch)
        assert verify(log).whole
        yield Small(log, stretch, start + 1)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_flipped_bit_is_found_where_it_is(part: int, original: AuditLog, lines: list[bytes]) -> None:
    """In memory, each record with the one behind it: a flip reaches no further; before it all is whole."""
    tried, wrong = 0, []
    for at in range(part, len(lines), PARTS):
        start = Link(at, json.loads(lines[at - 1])["hash"] if at else GENESIS)
        data = bytearray(b"".join(lines[at : at + 2]))
        file = [cast("Path", _Bytes(data))]
        assert walk(file, start, ()).bad is None
        for byte, value in enumerate(lines[at]):
            for bit in range(8):
                data[byte] = value ^ 1 << bit
                found = walk(file, start, ())
                tried += 1
                if found.bad is None:
                    is_right = _cut_at_the_end(byte, len(data), found.torn)
                else:
                    is_right = kind_of(original, *found.bad, found.end.seq) == "flip"
                if not is_right or found.end != start:
                    wrong.append((at + 1, byte, bit, found))
            data[byte] = value
    print(f"figure bits of the record flipped: {tried} in part {part}, {len(wrong)} unseen or misnamed")
    assert wrong == []
    assert tried == 8 * sum(map(len, lines[part::PARTS]))


class _Bytes:
    """A file of the record that is on no disk: what the check asks a path for."""

    def __init__(self, data: bytearray) -> None:
        self._data = data

    def open(self, *_how: object) -> io.BytesIO:
        return io.BytesIO(self._data)


@pytest.mark.timeout(3600)
def test_a_bit_flipped_in_the_file_itself_is_found(lines: list[bytes], tmp_path: Path) -> None:
    """The same check with nothing taken from it: some bits of every record, on the disk."""
    chance = seeded()
    share = BITS / sum(map(len, lines))
    wrong = []
    for small in windows(lines, tmp_path):
        path = small.log.segments()[0]
        data = path.read_bytes()
        with path.open("r+b") as file:
            for number, start, end in _stretches(small):
                some = {start, end - 1, *(byte for byte in range(start, end) if chance.random() < share)}
                for byte in sorted(some):
                    os.pwrite(file.fileno(), bytes([data[byte] ^ 1 << chance.randrange(8)]), byte)
                    report = verify(small.log)
                    found = (report.whole, report.kind, report.first_bad_seq)
                    if found != (False, "flip", number) and not _cut_at_the_end(byte, len(data), report.torn):
                        wrong.append((number, byte, report))
                    os.pwrite(file.fileno(), data[byte : byte + 1], byte)
    assert wrong == []


def _stretches(small: Small) -> Iterator[tuple[int, int, int]]:
    """Number, first byte and end of each record."""
    start = 0
    for number, line in enumerate(small.lines, small.first):
        yield number, start, start + len(line)
        start += len(line)


def _cut_at_the_end(byte: int, size: int, torn: bool) -> bool:
    """The very last line end: without it the line is one that a crash has cut, and is set aside as such."""
    return torn and byte == size - 1


def test_a_missing_record_is_found_wherever_it_was(
    lines: list[bytes], copy: AuditLog, head: SignedHead
) -> None:
    for at in _places(len(lines)):
        put(copy, [*lines[:at], *lines[at + 1 :]])
        report = verify(copy, head)
        kind = "deletion" if at < len(lines) - 1 else "shorter"
        assert (report.whole, report.kind, report.first_bad_seq) == (False, kind, at + 1)


def test_records_missing_at_the_end_are_found_with_a_head(
    lines: list[bytes], copy: AuditLog, head: SignedHead
) -> None:
    for at in _places(len(lines)):
        put(copy, lines[:at])
        assert (verify(copy, head).kind, verify(copy, head).records) == ("shorter", at)


def test_a_record_put_in_is_found_wherever_it_stands(lines: list[bytes], copy: AuditLog) -> None:
    for at in _places(len(lines)):
        for forged in (lines[at], _forged(lines, at)):
            put(copy, [*lines[: at + 1], forged, *lines[at + 1 :]])
            report = verify(copy)
            if at == len(lines) - 1 and forged != lines[at]:
                assert report.records == at + 2  # a right record at the end: what every append is
                continue
            place = at + 2 if forged == lines[at] else at + 3
            assert (report.whole, report.kind, report.first_bad_seq) == (False, "insertion", place)


def test_two_records_in_each_others_place_are_found(lines: list[bytes], copy: AuditLog) -> None:
    for at in _places(len(lines) - 1):
        put(copy, [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]])
        report = verify(copy)
        assert (report.whole, report.kind, report.first_bad_seq) == (False, "swap", at + 1)


def test_a_record_cut_short_is_found(lines: list[bytes], copy: AuditLog) -> None:
    chance = random.Random(11)  # noqa: S311 - where to cut
    for at in _places(len(lines)):
        cut = lines[at][: chance.randrange(1, len(lines[at]) - 2)]
        put(copy, [*lines[:at], cut + b"\n", *lines[at + 1 :]])
        report = verify(copy)
        assert (report.whole, report.kind, report.first_bad_seq) == (False, "truncation", at + 1)


def test_a_history_rewritten_whole_is_found_with_a_head(
    lines: list[bytes], copy: AuditLog, head: SignedHead
) -> None:
    for at in _places(len(lines))[:: max(1, RECORDS // 50)]:
        prev = json.loads(lines[at - 1])["hash"] if at else GENESIS
        other = lines[:at]
        for line in lines[at:]:
            record = {**json.loads(line), "actor": "human:somebody-else"}
            del record["hash"], record["prev"]
            made, prev = chained(record, prev)
            other.append(made)
        put(copy, other)
        assert verify(copy).whole
        report = verify(copy, head)
        assert (report.whole, report.kind) == (False, "rewritten")


def _places(count: int) -> range:
    """All of them; of a long log evenly spread ones, for each try checks it whole."""
    return range(0, count, max(1, count // 400))


def _forged(lines: list[bytes], at: int) -> bytes:
    before = json.loads(lines[at])
    return chained(
        {"phase": "note", "op": "x", "seq": before["seq"] + 1, "ts": 1, "via": "x"}, before["hash"]
    )[0]


def test_eight_appenders_make_one_chain_without_a_gap(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", segment_bytes=16 * 1024)

    def work(_hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        for number in range(APPENDS):
            acknowledge(log.append({"phase": "note", "op": "notes.write", "via": "cli", "n": number}))

    endings = kills.run_together([work] * 8)
    assert [ending.error for ending in endings] == [""] * 8
    report = verify(log)
    assert (report.whole, report.records) == (True, 8 * APPENDS)
    stored = {record["hash"] for record in log.records()}
    assert {word for ending in endings for word in ending.acknowledged} == stored
    print(f"figure appenders: 8, {8 * APPENDS} records, one chain without a gap")


def _effects(folder: Path) -> set[str]:
    return {path.name for path in (folder / "effects").iterdir()}


def _one_change(folder: Path, name: str, hook: Callable[[str], None]) -> Callable[[str], None]:
    """The steps of `dispatch`: intent, effect, outcome, and a head at the end."""
    log = AuditLog(folder / "audit", segment_bytes=1500, hook=hook)

    def run(acknowledge: Callable[[str], None]) -> None:
        me = {"op": "notes.write", "risk": "change", "via": "cli", "corr": name}
        close_abandoned(log, "cli")
        log.append({**me, "phase": "intent", "started": process_start(os.getpid())})
        hook("effect")
        (folder / "effects" / name).touch()
        acknowledge(f"effect-{name}")
        log.append({**me, "phase": "outcome", "result": "done"})
        acknowledge(name)
        log.sign_end()

    return run


@pytest.mark.timeout(1800)
def test_a_kill_at_any_step_leaves_no_effect_without_an_intent(tmp_path: Path) -> None:
    (tmp_path / "effects").mkdir()

    def job(name: str) -> kills.Work:
        return lambda hook, acknowledge: _one_change(tmp_path, name, hook)(acknowledge)

    warm = kills.run_to_end(job("warm"))
    assert (warm.error, warm.acknowledged[-1:]) == ("", ("warm",))
    assert {"lock", "write", "effect", "sign", "keep-head"} <= set(warm.steps)
    steps = {*warm.steps}
    log = AuditLog(tmp_path / "audit", segment_bytes=1500)
    for turn in range(ROUNDS):
        for step in range(len(warm.steps) + 2):
            name = f"{turn}-{step}"
            ending = kills.kill_at_step(job(name), step)
            assert ending.error == ""
            steps |= {*ending.steps}
            report = verify(log)
            assert report.whole, report
            phases = {(record["corr"], record["phase"]) for record in log.records() if "corr" in record}
            intended = {corr for corr, phase in phases if phase == "intent"}
            assert _effects(tmp_path) <= intended
            if name in ending.acknowledged:
                assert (name, "outcome") in phases
    assert kills.run_to_end(job("last")).error == ""
    assert open_intents(log) == ()
    assert "sync-folder" in steps
    print(f"figure steps killed at, record: {ROUNDS * (len(warm.steps) + 2)}")


def test_a_write_torn_by_a_kill_is_set_aside_and_the_chain_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    AuditLog(folder).append({"phase": "note", "via": "cli", "op": "notes.write"})
    chance = random.Random(11)  # noqa: S311 - where the write is torn
    for number in range(scale(20, 60, 600)):
        keep = chance.random()

        def torn(path: Path, data: bytes, keep: float = keep) -> None:
            if not path.name.startswith("segment-"):
                append_synced(path, data)
                return
            append_synced(path, data[: int(len(data) * keep)])
            os.kill(os.getpid(), signal.SIGKILL)

        def work(
            _hook: Callable[[str], None],
            _acknowledge: Callable[[str], None],
            torn: Callable[[Path, bytes], None] = torn,
            number: int = number,
        ) -> None:
            AuditLog(folder, write=torn).append({"phase": "note", "via": "cli", "op": "lost", "n": number})

        assert kills.kill_after(work, 30.0).killed
        assert verify(AuditLog(folder)).whole
        AuditLog(folder).append({"phase": "note", "via": "cli", "op": "after", "n": number})
        report = verify(AuditLog(folder))
        assert (report.whole, report.torn) == (True, False)
    after = [record["n"] for record in AuditLog(folder).records() if record["op"] == "after"]
    assert after == list(range(len(after)))
    print(f"figure records torn by a kill: {len(after)}, all set aside")


def test_on_a_full_disk_what_cannot_be_recorded_does_not_happen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reserve takes the last words; then it is refused, and goes on when there is room again."""
    monkeypatch.setattr("appliance.audit.log.RESERVE_BYTES", RESERVE)
    folder = tmp_path / "audit"
    effects: list[str] = []
    for room in range(RESERVE + 3_000, RESERVE + FULL, FULL_STEP):
        log = AuditLog(folder, write=_disk_with(folder, room))
        refused = 0
        while refused < 2:
            name = f"{room}-{len(effects)}"
            try:
                log.append({"phase": "intent", "via": "cli", "op": "notes.write", "corr": name})
            except AuditUnavailable:
                refused += 1
            else:
                effects.append(name)
            assert verify(log).whole
        assert [record["corr"] for record in log.records()] == effects
        assert not (folder / "reserve").exists()
    assert len(effects) > (FULL - 3_000) // 1_000


def _disk_with(folder: Path, room: int) -> Callable[[Path, bytes], None]:
    def write(path: Path, data: bytes) -> None:
        used = sum(found.stat().st_size for found in folder.iterdir())
        if used + len(data) > room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        append_synced(path, data)

    return write


def test_a_kill_while_old_records_are_removed_loses_no_proof(tmp_path: Path) -> None:
    """The signed line stands before the first file goes."""
    log = AuditLog(tmp_path / "audit", segment_bytes=600)
    log.append_all(lambda: list(bodies(24)))
    old = removable(log, time.time_ns() + 1)
    before = verify(log)
    gone: list[Path] = []

    def work(_hook: Callable[[str], None], _acknowledge: Callable[[str], None]) -> None:
        unlink = Path.unlink

        def dying(self: Path, missing_ok: bool = False) -> None:
            if self in old and len(gone) == int(self.stem.partition("-")[2]) - 1:
                os.kill(os.getpid(), signal.SIGKILL)
            unlink(self, missing_ok)

        Path.unlink = dying  # type: ignore[method-assign]
        remove(log, [path for path in old if path.exists()])

    for path in old:
        assert kills.kill_after(work, 30.0).killed
        after = verify(log)
        assert (after.whole, after.records, after.head) == (True, before.records, before.head)
        gone.append(path)
    assert not old[0].exists()


def test_the_recovery_is_itself_killed_and_still_closes_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = AuditLog(tmp_path / "audit")
    monkeypatch.setattr(intents, "_REMEMBER_BYTES", 1)
    for number in range(6):
        body = {"phase": "intent", "op": "notes.write", "risk": "change", "via": "cli", "corr": str(number)}
        log.append({**body, "pid": 2**22 + 1, "started": "1@gone"})

    def work(hook: Callable[[str], None], _acknowledge: Callable[[str], None]) -> None:
        close_abandoned(AuditLog(tmp_path / "audit", hook=hook), "cli")

    for step in range(scale(4, 8, 8)):
        assert kills.kill_at_step(work, step).error == ""
        assert verify(log).whole
    close_abandoned(log, "cli")
    assert open_intents(log) == ()
    outcomes = [record["corr"] for record in log.records() if record["phase"] == "outcome"]
    assert sorted(outcomes) == [str(number) for number in range(6)]
