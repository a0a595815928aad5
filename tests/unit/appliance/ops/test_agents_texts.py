"""The texts of an agent: written whole, safe against others, never lost, taken back."""

from __future__ import annotations

import hashlib
import stat
from typing import TYPE_CHECKING

import pytest

from appliance.agents import texts
from appliance.errors import Conflict, Invalid, LunaError, NotFound, Usage
from appliance.ops.agents_texts import TEXT, WRITE, WhichText, WriteText
from appliance.ops.core import Nothing
from appliance.ops.undo import LAST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.appliance.ops.shops import ShopBox

OLD = b"# SOUL.md\n\nBe kind.\n"


@pytest.fixture
def soul(shop: ShopBox) -> Path:
    """A text that somebody wrote, with the mode that he gave it."""
    path = shop.places.state_dir / "workspace-hr" / "SOUL.md"
    path.parent.mkdir()
    path.write_bytes(OLD)
    path.chmod(0o640)
    return path


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_text_is_read_with_its_hash(shop: ShopBox, soul: Path) -> None:
    found = shop.run(TEXT, WhichText("hr", "SOUL.md"))
    assert (found.state, found.text.encode(), found.sha256) == ("present", OLD, sha(OLD))
    assert found.path == str(soul)
    assert shop.run(TEXT, WhichText("hr", "USER.md")).state == "missing"


def test_a_text_is_written_and_the_one_before_kept(shop: ShopBox, soul: Path) -> None:
    done = shop.run(WRITE, WriteText("hr", "SOUL.md", "Be brief.", expected_hash=sha(OLD)))
    assert soul.read_bytes() == b"Be brief.\n"
    assert stat.S_IMODE(soul.stat().st_mode) == 0o640
    assert done.sha256 == sha(b"Be brief.\n")
    found = shop.run(TEXT, WhichText("hr", "SOUL.md"))
    assert [each.id for each in found.versions] == [done.kept]
    assert shop.run(TEXT, WhichText("hr", "SOUL.md", done.kept)).text.encode() == OLD
    assert sorted(path.name for path in soul.parent.iterdir()) == ["SOUL.md"]


def test_an_earlier_text_comes_back_and_that_is_taken_back_too(shop: ShopBox, soul: Path) -> None:
    first = shop.run(WRITE, WriteText("hr", "SOUL.md", "Two."))
    shop.run(WRITE, WriteText("hr", "SOUL.md", "Three."))
    shop.run(WRITE, WriteText("hr", "SOUL.md", version=first.kept))
    assert soul.read_bytes() == OLD
    shop.run(LAST, Nothing())
    assert soul.read_bytes() == b"Three.\n"
    shop.run(LAST, Nothing())
    assert soul.read_bytes() == b"Two.\n"


def test_a_text_that_was_not_there_is_gone_again_when_it_is_taken_back(shop: ShopBox) -> None:
    path = shop.places.state_dir / "workspace-hr" / "USER.md"
    shop.run(WRITE, WriteText("hr", "USER.md", "Rosa."))
    assert path.read_bytes() == b"Rosa.\n"
    shop.run(LAST, Nothing())
    assert not path.exists()


def test_nothing_is_written_over_what_somebody_else_wrote(shop: ShopBox, soul: Path) -> None:
    soul.write_bytes(b"Theirs.\n")
    with pytest.raises(Conflict) as caught:
        shop.run(WRITE, WriteText("hr", "SOUL.md", "Ours.", expected_hash=sha(OLD)))
    assert caught.value.code == "text-moved"
    assert soul.read_bytes() == b"Theirs.\n"
    assert not texts.versions(shop.places, "hr", "SOUL.md")


def test_an_undo_does_not_replace_what_was_written_since(shop: ShopBox, soul: Path) -> None:
    shop.run(WRITE, WriteText("hr", "SOUL.md", "Ours."))
    soul.write_bytes(b"Theirs.\n")
    with pytest.raises(Conflict):
        shop.run(LAST, Nothing())
    assert soul.read_bytes() == b"Theirs.\n"


def test_a_write_between_the_look_and_the_deed_is_not_lost(
    shop: ShopBox, soul: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from appliance.store.journal import Journal

    run = Journal.run

    def meanwhile(self: Journal, *given: object, **named: object) -> object:
        soul.write_bytes(b"Theirs.\n")
        return run(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "run", meanwhile)
    with pytest.raises(Conflict) as caught:
        shop.run(WRITE, WriteText("hr", "SOUL.md", "Ours.", expected_hash=sha(OLD)))
    assert caught.value.code == "file-changed"
    assert soul.read_bytes() == b"Theirs.\n"
    assert not texts.versions(shop.places, "hr", "SOUL.md")


def test_a_dry_run_shows_each_line_and_the_record_none(shop: ShopBox, soul: Path) -> None:
    plan = shop.plan(WRITE, WriteText("hr", "SOUL.md", "# SOUL.md\n\nBe brief.\n"))
    assert plan.changes[0].detail.splitlines()[1:] == [" # SOUL.md", " ", "-Be kind.", "+Be brief."]
    assert soul.read_bytes() == OLD
    shop.run(WRITE, WriteText("hr", "SOUL.md", "# SOUL.md\n\nBe brief.\n"))
    records = str(list(shop.box.audit.records()))
    assert "1 line(s) more, 1 line(s) less" in records
    assert "Be brief" not in records


def test_the_same_text_changes_nothing(shop: ShopBox, soul: Path) -> None:
    assert not shop.plan(WRITE, WriteText("hr", "SOUL.md", OLD.decode())).changes
    assert not shop.run(WRITE, WriteText("hr", "SOUL.md", OLD.decode())).changed
    assert not texts.versions(shop.places, "hr", "SOUL.md")
    assert soul.read_bytes() == OLD


def test_a_link_is_not_followed(shop: ShopBox, soul: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "secret"
    elsewhere.write_text("keep")
    soul.unlink()
    soul.symlink_to(elsewhere)
    with pytest.raises(Invalid) as caught:
        shop.run(WRITE, WriteText("hr", "SOUL.md", "Ours."))
    assert caught.value.code == "text-odd"
    assert elsewhere.read_text() == "keep"


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * (256 * 1024 + 1)])
def test_what_is_no_text_is_not_written(shop: ShopBox, soul: Path, text: str) -> None:
    with pytest.raises(Usage) as caught:
        shop.run(WRITE, WriteText("hr", "SOUL.md", text))
    assert caught.value.code == "text-unusable"
    assert soul.read_bytes() == OLD


def test_a_text_or_a_version_but_not_both(shop: ShopBox, soul: Path) -> None:
    for params in (WriteText("hr", "SOUL.md"), WriteText("hr", "SOUL.md", "a", version="b")):
        with pytest.raises(Usage) as caught:
            shop.run(WRITE, params)
        assert caught.value.code == "text-missing"
    with pytest.raises(NotFound):
        shop.run(WRITE, WriteText("hr", "SOUL.md", version="../../x"))
    assert soul.read_bytes() == OLD


def test_a_long_text_is_said_to_be_cut(shop: ShopBox, soul: Path) -> None:
    plan = shop.plan(WRITE, WriteText("hr", "SOUL.md", "word " * 5000))
    assert "20,000" in plan.warnings[0]
    assert soul.read_bytes() == OLD


def test_only_so_many_versions_are_kept(shop: ShopBox, soul: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "KEPT", 2)
    for number in range(4):
        shop.run(WRITE, WriteText("hr", "SOUL.md", f"{number}"))
    assert soul.read_bytes() == b"3\n"
    kept = texts.versions(shop.places, "hr", "SOUL.md")
    assert [each.path.read_bytes() for each in kept] == [b"2\n", b"1\n"]


def test_a_write_that_cannot_end_leaves_the_text_as_it_was(
    shop: ShopBox, soul: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from appliance.store import actions

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(actions, "_put", full)
    with pytest.raises(LunaError):
        shop.run(WRITE, WriteText("hr", "SOUL.md", "Ours."))
    assert soul.read_bytes() == OLD
    assert not texts.versions(shop.places, "hr", "SOUL.md")
