"""Checking the record beside hashing the same files: what the chain costs over the bytes it is made of."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.audit.log import SEGMENT_BYTES, AuditLog
from appliance.audit.record import GENESIS, chained
from appliance.audit.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.figures import Report

RECORDS = int(os.environ.get("LUNATUI_BENCH_RECORDS", "1000000"))


def measure(report: Report, rounds: int) -> None:
    """A million records of the usual size, whole, checked as `audit verify` does."""
    with tempfile.TemporaryDirectory(prefix="lunatui-bench-") as folder:
        log = AuditLog(Path(folder) / "audit")
        _fill(log)
        checked: list[float] = []
        hashed: list[float] = []
        for _ in range(max(3, rounds // 3)):
            hashed.append(_timed(lambda: [_hash(path) for path in log.segments()]))
            checked.append(_timed(lambda: _check(log)))
        name = f"audit verify, {RECORDS / 1000:.0f}k records, ms"
        report.pair("-", name, checked, hashed, 3.0, "sha256 of the files")


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(log: AuditLog) -> None:
    found = verify(log)
    if (found.whole, found.records) != (True, RECORDS):
        raise RuntimeError(f"the record is not whole: {found}")


def _fill(log: AuditLog) -> None:
    log.folder.mkdir(mode=0o700)
    prev, lines, size, number = GENESIS, [], 0, 1
    for seq in range(1, RECORDS + 1):
        line, prev = chained(_body(seq), prev)
        lines.append(line)
        size += len(line)
        if size >= SEGMENT_BYTES or seq == RECORDS:
            (log.folder / f"segment-{number:06}.jsonl").write_bytes(b"".join(lines))
            lines, size, number = [], 0, number + 1


def _body(seq: int) -> dict[str, object]:
    """An intent and an outcome in turn, as `config set` leaves them."""
    body: dict[str, object] = {
        "seq": seq,
        "ts": 1_796_000_000_000_000_000 + seq,
        "mono": 1_863_607_049_605 + seq,
        "boot": "97316190",
        "host": "till",
        "pid": 3676,
        "actor": "human:rosa",
        "via": "cli",
        "op": "config.set",
        "risk": "change",
        "corr": f"{seq // 2:032x}",
    }
    if seq % 2:
        policy = {"rule": "default-change", "verdict": "allow", "hash": "d9e858cfce29f565"}
        changes = ["messages.responsePrefix: a → b"]
        params = {"path": "messages.responsePrefix", "value": "b", "secret": None}
        more = {"phase": "intent", "policy": policy, "params": params, "started": "186337@97316190"}
        return {**body, **more, "changes": changes, "target": ["messages.responsePrefix"]}
    return {**body, "phase": "outcome", "result": "done", "before": "a" * 64, "after": "b" * 64}
