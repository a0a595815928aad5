"""What is remembered of tries to link a line, from one process to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.channels.attempts import keep, resumed
from appliance.channels.linking import COOL_SECONDS, Happening, Linking, State, begun
from appliance.places import Places

if TYPE_CHECKING:
    from pathlib import Path


def places(home: Path) -> Places:
    return Places.from_environment({"HOME": str(home), "LUNATUI_HOME": str(home / "ours")})


def failed(linking: Linking) -> Linking:
    at_start = Linking(State.STARTING, 0.0, linking.failures)
    return at_start.moved(Happening.EXPIRED, 100.0, reason="expired", cause="expired")


def test_failures_last_until_a_connection_and_cooling_down_until_its_end(tmp_path: Path) -> None:
    box, linking = places(tmp_path), begun(0.0)
    for number in (1, 2, 3):
        linking = failed(linking)
        keep(box, "whatsapp", "default", linking)
        assert resumed(box, "whatsapp", "default", 101.0).failures == number
    assert resumed(box, "whatsapp", "default", 101.0).retry_at == 100.0 + COOL_SECONDS
    assert resumed(box, "whatsapp", "work", 101.0).failures == 0, "another account is another line"
    assert resumed(box, "whatsapp", "default", 101.0 + COOL_SECONDS).failures == 0
    keep(box, "whatsapp", "default", Linking(State.CONNECTED, 0.0))
    assert resumed(box, "whatsapp", "default", 101.0) == begun(101.0)


def test_what_is_on_the_way_is_not_kept(tmp_path: Path) -> None:
    box = places(tmp_path)
    keep(box, "whatsapp", "default", Linking(State.CODE_SHOWN, 0.0, failures=2))
    assert not (box.home / "linking").exists()


def test_a_damaged_note_counts_as_none(tmp_path: Path) -> None:
    box = places(tmp_path)
    keep(box, "whatsapp", "default", failed(begun(0.0)))
    (path,) = (box.home / "linking").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    for odd in (b"", b"[]", b'{"failures": "3", "retry_at": true}', b'{"failures": -5}', b"\xff\xfe"):
        path.write_bytes(odd)
        assert resumed(box, "whatsapp", "default", 5.0) == begun(5.0)
