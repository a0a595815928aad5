"""JSON and TOML within limits: whatever is wrong is a `ValueError`, and what is right is as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.parsing import MAX_DEPTH, is_deeper, json_value, small_file, toml_table, whole_characters


def test_what_is_right_is_read_as_usual() -> None:
    assert json_value(b'{"a": [1, 2.5, null, "\\ud83d\\ude00"]}') == {"a": [1, 2.5, None, "😀"]}
    assert toml_table('a.b = "é"\n[[c]]\nd = 1\n'.encode()) == {"a": {"b": "é"}, "c": [{"d": 1}]}


@pytest.mark.parametrize("depth", [MAX_DEPTH, MAX_DEPTH + 1, 5_000, 100_000])
def test_the_depth_is_counted_exactly(depth: int) -> None:
    text = "[" * depth + "]" * depth
    if depth <= MAX_DEPTH:
        assert not is_deeper(json_value(text), depth)
        assert is_deeper(json_value(text), depth - 1)
        assert toml_table(f"a = {text[1:-1]}".encode())
    else:
        with pytest.raises(ValueError, match="too deeply"):
            json_value(text)
        with pytest.raises(ValueError, match="too deeply"):
            toml_table(f"a = {text}".encode())


@pytest.mark.parametrize("part", ["a", '"a"', "'a b'", "a-1"])
def test_a_key_of_many_parts_is_refused_before_it_is_followed(part: str) -> None:
    assert toml_table(f"{part} = 1\n{' . '.join([part] * 40)} = 1".replace(part, "z", 1).encode())
    for count in (66, 30_000):
        with pytest.raises(ValueError, match="parts"):
            toml_table(f"{'.'.join([part] * count)} = 1".encode())


@pytest.mark.parametrize("data", [b"\xff", b"a = 1979-13-45", b"a = " + b"9" * 5_000, b"a = 1\na = 2"])
def test_every_complaint_of_toml_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        toml_table(data)


def test_a_file_has_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert small_file(path, 5) == b"12345"
    with pytest.raises(ValueError, match="larger than 4 bytes"):
        small_file(path, 4)
    with pytest.raises(FileNotFoundError):
        small_file(tmp_path / "none")


def test_halves_of_a_character_become_visible() -> None:
    whole = {"a": ["😀é", 1, None]}
    assert whole_characters(whole) == whole
    assert whole_characters({"\ud83d": ["x\udc00", True]}) == {"\ufffd": ["x\ufffd", True]}
