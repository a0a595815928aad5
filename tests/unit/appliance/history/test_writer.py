"""Who probably wrote: by what OpenClaw leaves beside the file."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from appliance.history.writer import OPENCLAW, UNKNOWN, likely_writer
from appliance.places import Places

if TYPE_CHECKING:
    from pathlib import Path

BEFORE, AFTER = b'{"a": 1}', b'{"a": 2}'


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = Places.from_environment({"HOME": str(tmp_path)})
    (found.state_dir / "logs").mkdir(parents=True)
    return found


def codes(places: Places, value: dict[str, object] | None = None) -> tuple[str, list[str]]:
    actor, evidence = likely_writer(places, BEFORE, AFTER, value or {})
    return actor, [each.code for each in evidence]


def test_nothing_left_is_nobody_known(places: Places) -> None:
    assert codes(places) == (UNKNOWN, ["writer-unknown"])
    touched: dict[str, object] = {"meta": {"lastTouchedVersion": "2026.9.6"}}
    assert codes(places, touched) == (UNKNOWN, ["writer-touched"])


def test_its_backup_of_the_version_before_is_openclaws(places: Places) -> None:
    (places.state_dir / "openclaw.json.bak").write_bytes(BEFORE)
    assert codes(places) == (OPENCLAW, ["writer-backup"])
    (places.state_dir / "openclaw.json.bak").write_bytes(b'{"b": 1}')
    assert codes(places) == (UNKNOWN, ["writer-unknown"])


def test_what_it_restored_over_is_openclaws(places: Places) -> None:
    (places.state_dir / "openclaw.json.clobbered.2026-01-01").write_bytes(b"{")
    (places.state_dir / "openclaw.json.clobbered.2026-11-20").write_bytes(BEFORE)
    assert codes(places) == (OPENCLAW, ["writer-restored"])


def test_a_record_of_this_very_version_names_the_process(places: Places) -> None:
    log = places.state_dir / "logs" / "config-audit.jsonl"
    record = {
        "pid": 4711,
        "argv": ["/usr/bin/node", "openclaw", "config", "set", "a", "2"],
        "nextHash": hashlib.sha256(AFTER).hexdigest(),
    }
    lines = [b"not json", b"[1]", json.dumps(record).encode(), b'{"nextHash": "other"}']
    log.write_bytes(b"\n".join(lines))
    actor, (told,) = likely_writer(places, BEFORE, AFTER, {})
    assert actor == OPENCLAW
    assert told.facts == {"pid": "4711", "command": "openclaw config set a 2"}
