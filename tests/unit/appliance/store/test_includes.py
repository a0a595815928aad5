"""`$include`, as OpenClaw resolves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.errors import Invalid, Refused
from appliance.store.disk import Disk
from appliance.store.edits import Edit
from appliance.store.includes import Includes, merged

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places
    from appliance.store.config import ConfigStore


def resolve(folder: Path, value: object) -> object:
    """`value` with its includes resolved in `folder`."""
    return Includes(folder.resolve(), Disk()).resolve(value)


def test_files_are_merged_and_own_keys_win(tmp_path: Path) -> None:
    (tmp_path / "a.json5").write_text("{x: 1, l: [1], o: {p: 1}, // comment\n}")
    (tmp_path / "b.json5").write_text("{x: 2, l: [2], o: {q: 2}}")
    assert resolve(tmp_path, {"s": {"$include": "./a.json5"}}) == {"s": {"x": 1, "l": [1], "o": {"p": 1}}}
    both = {"s": {"$include": ["a.json5", "b.json5"], "x": 3}}
    assert resolve(tmp_path, both) == {"s": {"x": 3, "l": [1, 2], "o": {"p": 1, "q": 2}}}


def test_includes_within_includes_are_relative_to_their_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.json5").write_text("{inner: {$include: './b.json5'}}")
    (tmp_path / "sub" / "b.json5").write_text("{deep: true}")
    assert resolve(tmp_path, {"s": {"$include": "sub/a.json5"}}) == {"s": {"inner": {"deep": True}}}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../out.json5", ""),
        ("gone.json5", ""),
        ("a.json5", "{broken"),
        ("a.json5", "{x: {$include: 'a.json5'}}"),
    ],
    ids=["outside", "missing", "broken", "circle"],
)
def test_an_include_that_cannot_be_read_is_an_error(tmp_path: Path, name: str, content: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "out.json5").write_text("{}")
    if content:
        (folder / "a.json5").write_text(content)
    with pytest.raises(Invalid) as caught:
        resolve(folder, {"s": {"$include": name}})
    assert caught.value.code == "config-include"


@pytest.mark.parametrize("value", [{"$include": 5}, {"$include": ["a", 5]}, {"$include": "x\0"}])
def test_an_include_that_names_no_file_is_an_error(tmp_path: Path, value: object) -> None:
    with pytest.raises(Invalid):
        resolve(tmp_path, {"s": value})


def test_a_section_in_another_file_is_not_edited_here(store: ConfigStore, places: Places) -> None:
    (places.state_dir / "msgs.json5").write_text("{responsePrefix: 'x'}")
    places.config_path.write_text("{messages: {$include: './msgs.json5', ackReaction: '👀'}}")
    with pytest.raises(Refused) as caught:
        store.prepare([Edit(("messages", "responsePrefix"), "y")])
    assert caught.value.code == "config-included"
    assert "msgs.json5" in caught.value.message
    store.prepare([Edit(("messages", "ackReaction"), "🙂")])


def test_validation_sees_what_openclaw_sees(store: ConfigStore, places: Places) -> None:
    (places.state_dir / "msgs.json5").write_text("{responsePrefix: 5}")
    places.config_path.write_text("{messages: {$include: './msgs.json5'}}")
    assert [problem.path for problem in store.validate().problems] == ["messages.responsePrefix"]
    (places.state_dir / "msgs.json5").write_text("{responsePrefix: 'ok'}")
    assert store.validate().valid
    store.prepare([Edit(("gateway", "mode"), "local")])


def test_merging_replaces_what_is_neither_object_nor_list() -> None:
    assert merged({"a": 1, "b": [1]}, {"a": {"x": 1}, "b": 2}) == {"a": {"x": 1}, "b": 2}
