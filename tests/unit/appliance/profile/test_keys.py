"""References to keys are read where they point, and complaints never repeat the key."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from appliance.errors import Usage
from appliance.profile.keys import key_problem, read_key

PLANTED = "sk-planted-0123456789"


def exposed(reference: str, env: dict[str, str]) -> str:
    with read_key(reference, env).expose() as text:
        return text


def test_a_variable() -> None:
    assert exposed("env:SHOP_API_KEY", {"SHOP_API_KEY": f" {PLANTED}\n"}) == PLANTED


def test_a_private_file_also_below_the_home(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(PLANTED + "\n")
    assert exposed(f"file:{path}", {}) == PLANTED
    assert exposed("file:~/key", {"HOME": str(tmp_path)}) == PLANTED


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PLANTED.encode())))
    assert exposed("stdin", {}) == PLANTED


def test_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    path.touch(mode=0o600)
    assert key_problem(f"file:{path}", {}).endswith("is empty")
    path.write_text(PLANTED)
    path.chmod(0o644)
    assert "other users" in key_problem(f"file:{path}", {})
    assert "cannot be read" in key_problem(f"file:{tmp_path}/none", {})
    assert key_problem("env:SHOP_API_KEY", {}) == "the variable SHOP_API_KEY is not set"
    assert key_problem("stdin", {}) == ""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    for reference in (f"file:{path}", "env:SHOP_API_KEY", "stdin"):
        with pytest.raises(Usage) as caught:
            read_key(reference, {})
        assert PLANTED not in caught.value.message
