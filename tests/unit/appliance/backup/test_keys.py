"""The way to an archive's key: the right passphrase or key file, within bounds, and nothing else."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.backup.keys import CEILING, FLOOR, Lock, seal, unseal, with_key_file, with_passphrase
from appliance.errors import Invalid, LunaError, Usage
from appliance.secret import Secret

ID = "0" * 32


def test_a_passphrase_opens_what_it_locked() -> None:
    key = os.urandom(32)
    wrapped = seal(key, with_passphrase(Secret("twelve signs!")), ID)
    assert unseal(wrapped, with_passphrase(Secret("twelve signs!")), ID) == key
    assert (wrapped.memory_kib, wrapped.passes, wrapped.lanes) == (128 * 1024, 3, 4)
    with pytest.raises(Invalid) as caught:
        unseal(wrapped, with_passphrase(Secret("twelve sighs!")), ID)
    assert caught.value.code == "archive-key"
    with pytest.raises(Invalid):
        unseal(wrapped, with_passphrase(Secret("twelve signs!")), "1" * 32)


@pytest.mark.parametrize("name", ["memory_kib", "passes", "lanes"])
def test_a_head_cannot_ask_for_a_weak_or_an_endless_derivation(name: str) -> None:
    lock = with_passphrase(Secret("twelve signs!"))
    wrapped = seal(os.urandom(32), lock, ID)
    index = ("memory_kib", "passes", "lanes").index(name)
    for value in (FLOOR[index] - 1, CEILING[index] + 1, -1, "x"):
        with pytest.raises(Invalid) as caught:
            unseal(replace(wrapped, **{name: value}), lock, ID)
        assert caught.value.code == "archive-damaged"


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(Usage):
        with_passphrase(Secret("short"))


def test_the_key_file_is_private_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "ours" / "backup.key"
    with pytest.raises(LunaError) as caught:
        with_key_file(path)
    assert caught.value.code == "backup-key-missing"
    made = with_key_file(path, create=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert with_key_file(path, create=True).key == made.key == with_key_file(path).key
    assert made.key.hex() not in repr(made)


@pytest.mark.parametrize("text", [b"", b"abc", b"\xff" * 64, b"0" * 62])
def test_a_damaged_key_file_is_said(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "backup.key"
    path.write_bytes(text)
    with pytest.raises(Invalid) as caught:
        with_key_file(path, create=True)
    assert caught.value.code == "backup-key-damaged"
    assert path.read_bytes() == text


def test_the_other_kind_of_lock_is_said(lock: Lock) -> None:
    wrapped = seal(os.urandom(32), lock, ID)
    with pytest.raises(Usage) as caught:
        unseal(wrapped, with_passphrase(Secret("twelve signs!")), ID)
    assert caught.value.code == "archive-other-key"
