"""Promises 1, 5 and 7 together: the real command line from its arguments to what it says at the end."""

from __future__ import annotations

import contextlib
import io
import json
import os
from typing import TYPE_CHECKING

from appliance.api import Appliance
from appliance.audit.verify import verify
from lunatui.cli import main
from tests.safety.boxes import Box
from tests.safety.powercut.of_store import check_clean, check_config, full_box, nothing_yet
from tests.safety.powercut.scenario import Found, Say, Scenario

if TYPE_CHECKING:
    from appliance.history.entries import Entry

KEY = "01J0000000000000000000CUT0"


def command(box: Box, *arguments: str) -> None:
    """Run `lunatui` here, with the box as its home."""
    os.environ.clear()
    os.environ.update(HOME=str(box.home), LUNATUI_HOME=str(box.places.home), PATH="/usr/bin:/bin")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        code = main([*arguments, "--json"])
    assert code == 0, f"exit code {code}: {said.getvalue()}"


def config_set(box: Box, say: Say) -> None:
    command(box, "config", "set", "env.vars.NEW", "x", "--idempotency-key", KEY)
    say("saved")


def used_box(box: Box) -> None:
    """One on which commands have run before."""
    from tests.safety import kills

    full_box(box)
    ending = kills.run_to_end(lambda _hook, _acknowledge: command(box, "config", "set", "env.vars.OLD", "x"))
    assert ending.error == "", ending.error


def check_command(found: Found) -> None:
    check_config(found)
    appliance = Appliance(found.box.places, {"HOME": str(found.box.home)})
    records = list(appliance.audit.records())
    config = found.box.places.config_path
    if b"NEW" in config.read_bytes():
        assert _of(records, "intent"), "an effect without an intent"
    check_clean(found)
    check_config(found)
    check_accounts(appliance)
    history = appliance.history.entries()
    if any(record["result"] == "done" for record in _of(records, "outcome")):
        assert any("NEW" in json.dumps(entry.changes) for entry in history), "done, and no way back"
    receipt = _receipt(appliance)
    if "saved" in found.said:
        assert any(record["result"] == "done" for record in _of(records, "outcome")), "no outcome"
        assert any("NEW" in json.dumps(entry.changes) for entry in history), "no way back"
        assert receipt, "a repeated request would run again"
    for place in found.box.places.home.glob("*.key"):
        assert len(place.read_bytes()) == 32


def check_accounts(appliance: Appliance) -> None:
    """After the next start the record is whole, and every change in it has its end."""
    report = verify(appliance.audit)
    assert report.whole, f"{report.kind} at {report.first_bad_seq}"
    records = list(appliance.audit.records())
    intents = {record["corr"] for record in records if record.get("phase") == "intent"}
    outcomes = {record["corr"] for record in records if record.get("phase") == "outcome"}
    assert intents <= outcomes, "an intent without an outcome"


def undo_last(box: Box, say: Say) -> None:
    command(box, "undo", "--yes")
    say("saved")


def check_undone(found: Found) -> None:
    """The change is taken back or not; once it is called undone, it is, and cannot be undone twice."""
    check_config(found)
    check_clean(found)
    check_config(found)
    appliance = Appliance(found.box.places, {"HOME": str(found.box.home)})
    check_accounts(appliance)
    first = appliance.history.entries()[0]
    assert any("OLD" in text for text in first.changes)
    if "saved" in found.said:
        assert first.undone_by, "it could be undone twice"


def restore_version(box: Box, say: Say) -> None:
    (first,) = _entries(box, "OLD")
    command(box, "history", "restore", first.id, "--yes")
    say("saved")


def check_version(found: Found) -> None:
    """The earlier version is back or not; once it is called back it is, and that can be taken back."""
    check_config(found)
    check_clean(found)
    check_config(found)
    check_accounts(Appliance(found.box.places, {"HOME": str(found.box.home)}))
    config = found.box.places.config_path
    is_back = b"OLD" not in config.read_bytes()
    assert is_back or not found.said, "what was put back is lost"
    if found.said:
        command(found.box, "undo", "--yes")
        assert b"OLD" in config.read_bytes(), "no way back"


def _entries(box: Box, word: str) -> list[Entry]:
    history = Appliance(box.places, {"HOME": str(box.home)}).history
    return [entry for entry in history.entries() if word in json.dumps(entry.changes)]


def _of(records: list[dict[str, object]], phase: str) -> list[dict[str, object]]:
    """Those of the change that was cut."""
    mine = {record["corr"] for record in records if "NEW" in json.dumps(record) and "corr" in record}
    return [record for record in records if record.get("phase") == phase and record.get("corr") in mine]


def _receipt(appliance: Appliance) -> object:
    """What is kept for the key; raises when it cannot be understood."""
    for path in (appliance.places.home / "receipts").glob("*.json"):
        return json.loads(path.read_bytes())["result"]
    return None


def shop_box(box: Box) -> None:
    """One on which lunatui has never run."""
    Box.make(box.home)


def make_key(box: Box, say: Say) -> None:
    say(Appliance(box.places, {}).fingerprint_key().hex())


def check_key(found: Found) -> None:
    """There is none yet, or the one that was used."""
    path = found.box.places.home / "fingerprint.key"
    key = path.read_bytes() if path.exists() else None
    assert key is None or len(key) == 32, "half a key"
    assert found.said <= {key.hex() if key else ""}, "what was made with the key cannot be compared any more"
    found.recover()
    assert found.box.leftovers() == []


SCENARIOS = (
    Scenario("key", nothing_yet, make_key, check_key),
    Scenario("first command", shop_box, config_set, check_command),
    Scenario("command", used_box, config_set, check_command),
    Scenario("undo", used_box, undo_last, check_undone),
    Scenario("earlier version", used_box, restore_version, check_version),
)
