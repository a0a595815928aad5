"""The device identity: made once, never wider than its owner, signed as the gateway checks it."""

from __future__ import annotations

import hashlib
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.errors import Invalid, LunaError
from appliance.gateway.handshake import Login
from appliance.gateway.identity import Claim, load_identity
from tests.fakes.gateway import NONCE, SIGNED_AT, signature_is_valid

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_identity_is_private_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "identity"
    first = load_identity(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["device.platform", "device.seed"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    assert load_identity(folder) == first
    assert len(first.seed) == 32


def test_the_device_id_is_the_hash_of_the_public_key(tmp_path: Path) -> None:
    identity = load_identity(tmp_path)
    public = Ed25519PrivateKey.from_private_bytes(identity.seed).public_key().public_bytes_raw()
    assert identity.device_id == hashlib.sha256(public).hexdigest()


def test_the_platform_is_the_one_of_the_first_time(tmp_path: Path) -> None:
    load_identity(tmp_path)
    (tmp_path / "device.platform").write_text(" Darwin\n")
    assert load_identity(tmp_path).platform == "darwin"


def test_the_signed_text_is_version_3_with_an_empty_family() -> None:
    claim = Claim(
        "cli", "cli", "operator", ("operator.read", "operator.write"), 1795163124804, "tok123", "n-1"
    )
    assert claim.message("7cf6", "linux") == (
        "v3|7cf6|cli|cli|operator|operator.read,operator.write|1795163124804|tok123|n-1|linux|"
    )


@pytest.mark.parametrize("field", ["token", "deviceToken"])
def test_the_gateway_accepts_the_signature(tmp_path: Path, field: str) -> None:
    params = Login(load_identity(tmp_path), "tok", field).params(NONCE, SIGNED_AT)
    assert signature_is_valid(params)
    params["scopes"] = params["scopes"][::-1]
    assert not signature_is_valid(params)


def test_a_password_is_not_signed(tmp_path: Path) -> None:
    params = Login(load_identity(tmp_path), "pw", "password").params(NONCE, SIGNED_AT)
    assert params["auth"] == {"password": "pw"}
    assert signature_is_valid(params)


@pytest.mark.parametrize("seed", [b"", b"x" * 31, b"x" * 33])
def test_a_damaged_seed_is_said_and_never_replaced(tmp_path: Path, seed: bytes) -> None:
    load_identity(tmp_path)
    (tmp_path / "device.seed").write_bytes(seed)
    with pytest.raises(Invalid) as caught:
        load_identity(tmp_path)
    assert caught.value.code == "identity-damaged"
    assert (tmp_path / "device.seed").read_bytes() == seed


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "identity").write_text("no folder")
    with pytest.raises(LunaError) as caught:
        load_identity(tmp_path / "identity")
    assert caught.value.code == "home-unreadable"


def test_processes_that_start_together_get_one_identity(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from appliance.gateway.identity import load_identity; "
        "print(load_identity(Path(sys.argv[1])).device_id)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "identity")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    ids = {process.communicate(timeout=60)[0] for process in started}
    assert [process.returncode for process in started] == [0, 0, 0, 0]
    assert len(ids) == 1
    assert sorted(path.name for path in (tmp_path / "identity").iterdir()) == [
        "device.platform",
        "device.seed",
    ]


def test_device_tokens_are_kept_per_gateway_and_forgotten(tmp_path: Path) -> None:
    identity = load_identity(tmp_path)
    assert identity.token_for("127.0.0.1:1") == ""
    identity.keep_token("127.0.0.1:1", "one")
    identity.keep_token("127.0.0.1:2", "two")
    assert (identity.token_for("127.0.0.1:1"), identity.token_for("127.0.0.1:2")) == ("one", "two")
    assert stat.S_IMODE((tmp_path / "device-tokens.json").stat().st_mode) == 0o600
    identity.keep_token("127.0.0.1:1", "")
    assert identity.token_for("127.0.0.1:1") == ""


def test_an_unchanged_token_writes_nothing(tmp_path: Path) -> None:
    identity = load_identity(tmp_path)
    identity.keep_token("a", "one")
    before = (tmp_path / "device-tokens.json").stat()
    identity.keep_token("a", "one")
    assert (tmp_path / "device-tokens.json").stat().st_ino == before.st_ino


def test_nothing_shows_the_seed_or_a_token(tmp_path: Path) -> None:
    identity = load_identity(tmp_path)
    shown = (
        repr(identity) + repr(Claim("c", "m", "r", (), 0, "sekret", "n")) + repr(Login(identity, "sekret"))
    )
    assert "sekret" not in shown
    assert repr(identity.seed) not in shown
