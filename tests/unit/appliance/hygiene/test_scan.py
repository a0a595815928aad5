"""The search finds every key where it lies, tells nobody its value, and knows what is none."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from appliance.hygiene.spots import spots
from appliance.ops.core import Call, Nothing, Verdict
from appliance.ops.dispatch import dispatch
from appliance.ops.drive import drive
from appliance.ops.secrets_scan import SCAN, Scan, StrayKey
from tests.fakes.box import make_box, tree
from tests.fakes.keys import Planted, every_key, shapeless
from tests.unit.appliance.hygiene.boxes import settings, shop, write

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance

KEY = shapeless(1)
CALL = Call("human:test", "cli")
ALL = pytest.mark.parametrize("key", tuple(every_key(7)), ids=lambda key: key.name)


def scanned(box: Appliance) -> Scan:
    """The whole operation, as every face runs it."""
    found: Scan = drive(dispatch(box, SCAN, Nothing(), CALL))
    return found


def at_home(found: Scan, home: Path) -> list[StrayKey]:
    """Without what a Gateway of somebody else wrote into the folder for temporary files."""
    return [key for key in found.keys if key.path.startswith(str(home))]


@ALL
def test_every_shape_is_found_in_any_text(key: Planted) -> None:
    line = f"2026-11-30T02:00:00Z calling with {key.text} went wrong\n"
    (found,) = spots(b"nothing here\n" + line.encode(), "text")
    assert found.where == "line 2"
    with found.value.expose() as text:
        assert text == key.text
    assert key.text not in repr(found)


@ALL
def test_every_shape_is_found_in_settings_and_variables(key: Planted) -> None:
    document = f"{{ // {key.text}\n note: '{key.text}', deep: [{{x: 'use {key.text} here'}}] }}"
    found = spots(document.encode(), "settings")
    assert {spot.where for spot in found} == {"note", "deep.0.x"}
    (variable,) = spots(f"export OFFICE={key.text}\n".encode(), "variables")
    assert variable.kind == found[0].kind


def test_a_key_without_a_shape_is_found_by_its_name() -> None:
    (setting,) = spots(json.dumps(settings(KEY) | {"gateway": {}}).encode(), "settings")
    assert (setting.where, setting.kind, setting.sure) == (
        "models.providers.office.apiKey",
        "named",
        "certain",
    )
    assert setting.setting == ("models", "providers", "office", "apiKey")
    (variable,) = spots(f"A=1\nOFFICE_API_KEY='{KEY}'\n".encode(), "variables")
    assert (variable.where, variable.sure) == ("OFFICE_API_KEY", "certain")
    (text,) = spots(f'x\n{{"apiKey": "{KEY}"}}'.encode(), "text")
    assert (text.where, text.sure) == ("line 2", "possible")
    (comment,) = spots(("{ // " + next(every_key(3)).text + "\n}").encode(), "settings")
    assert (comment.where, comment.setting) == ("line 1", ())


@pytest.mark.parametrize(
    "value",
    [
        "${OFFICE_KEY}",
        "[hidden]",
        "__OPENCLAW_REDACTED__",
        "••••",
        "",
        {"source": "store", "provider": "default", "id": "X"},
    ],
)
def test_a_reference_or_a_mark_is_none(value: object) -> None:
    assert spots(json.dumps(settings(value) | {"gateway": {}}).encode(), "settings") == []


def test_words_beside_key_like_names_are_none() -> None:
    harmless = "max_tokens=4096\npassword: please change it\ntoken_count = 12\nthe secret: kindness\n"
    assert spots(harmless.encode(), "text") == []
    assert spots(b"MAX_TOKENS=4096\nPATH=/usr/bin\n# API_KEY=was-here-once\n", "variables") == []


def test_it_looks_everywhere_and_tells_no_value(tmp_path: Path) -> None:
    box = shop(tmp_path, KEY)
    state, ours = box.places.state_dir, box.places.home
    shaped = next(every_key(5)).text
    write(state / "openclaw.json.bak", box.places.config_path.read_text())
    write(state / "openclaw.json.bak.1", "broken { " + shaped)
    write(state / ".env", f"OFFICE_KEY={KEY}\n")
    write(state / "service-env" / "gateway.env", f"OFFICE_KEY={KEY}\n")
    write(state / "logs" / "gateway.log", f"sent {shaped}\n")
    write(
        state / "agents" / "luna" / "agent" / "auth-profiles.json",
        json.dumps({"profiles": {"a": {"key": shaped}}}),
    )
    write(tmp_path / ".config" / "systemd" / "user" / "openclaw-gateway.service", f"Environment=K={shaped}\n")
    write(ours / "backups" / "config" / "20260101T000000Z-000001-aaaaaaaa.json5", json.dumps(settings(KEY)))
    write(ours / "logs" / "crash.log", f"raised with {shaped}\n")
    write(ours / "history" / "entries" / "1.json", json.dumps({"note": shaped}))
    write(state / "state" / "openclaw.sqlite", f"SQLite format 3 {shaped}")
    found = scanned(box)
    rows = at_home(found, tmp_path)
    assert {row.place for row in rows} == {
        "config",
        "engine-copy",
        "our-copy",
        "variables",
        "service",
        "engine-old",
        "engine-log",
        "our-file",
        "our-log",
    }
    assert len(rows) == 12, "what was last known of the settings is one more copy"
    assert len({row.fingerprint for row in rows}) == 2
    assert [row.where for row in rows if row.movable] == ["models.providers.office.apiKey"]
    assert {row.where for row in found.expected} == {"gateway.auth.token"}
    assert not any(row.path.endswith(".sqlite") for row in rows)
    assert KEY not in repr(found)
    assert shaped not in repr(found)
    assert SCAN.verdict(found) is Verdict.FINDINGS


def test_an_include_is_looked_into(tmp_path: Path) -> None:
    box = shop(tmp_path, "${OFFICE}")
    value = settings("${OFFICE}")
    providers = value.pop("models")
    write(box.places.state_dir / "brains.json5", json.dumps(providers).replace("${OFFICE}", KEY))
    write(box.places.config_path, json.dumps(value | {"models": {"$include": "brains.json5"}}))
    (row,) = at_home(scanned(box), tmp_path)
    assert (row.place, row.where, row.movable) == ("include", "providers.office.apiKey", False)


def test_links_and_large_files_are_named_and_left_out(tmp_path: Path) -> None:
    box = shop(tmp_path, "${OFFICE}")
    outside = write(tmp_path / "elsewhere", f"OFFICE_KEY={KEY}\n")
    (box.places.state_dir / ".env").symlink_to(outside)
    with write(box.places.state_dir / "openclaw.json.bak", "").open("wb") as file:
        os.truncate(file.fileno(), 9 * 1024 * 1024)
    found = scanned(box)
    assert at_home(found, tmp_path) == []
    assert {line.partition(":")[0] for line in found.left_out} == {
        str(box.places.state_dir / ".env"),
        str(box.places.state_dir / "openclaw.json.bak"),
    }
    assert SCAN.verdict(Scan((), (), found.expected, 1, (), "")) is Verdict.DONE


def test_a_box_that_may_only_be_looked_at_stays_as_it_is(tmp_path: Path) -> None:
    shop(tmp_path, KEY)
    box = make_box(tmp_path, read_only=True)
    write(box.places.state_dir / ".env", "A=1\n", mode=0o644)
    before = tree(tmp_path)
    found = scanned(box)
    assert [row.where for row in at_home(found, tmp_path)] == ["models.providers.office.apiKey"]
    assert [item.mode for item in found.open_files] == ["0644"]
    assert tree(tmp_path) == before
