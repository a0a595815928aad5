"""The keychain: only those that keep their items encrypted, and only when they give back what they get."""

from __future__ import annotations

import pytest

from appliance.errors import LunaError
from appliance.vault import witness
from appliance.vault.keychain import ALLOWED, SERVICE, Keychain
from appliance.vault.ways import KeychainItem
from appliance.vault.witness import Seen

ID = bytes(range(16))


class Backend:
    """Keeps items in memory; what it is called decides whether it is trusted."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.items[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.items[service, username]


class Locked(Backend):
    """As over SSH."""

    def get_password(self, service: str, username: str) -> str | None:  # noqa: ARG002
        raise RuntimeError("no prompter")

    def set_password(self, service: str, username: str, password: str) -> None:  # noqa: ARG002
        raise RuntimeError("no prompter")


class Forgetful(Backend):
    """Takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:  # noqa: ARG002
        self.items[service, username] = ""


def named(name: str, kind: type[Backend] = Backend) -> Backend:
    """A backend under the name of one of keyring's."""
    module, _, short = name.rpartition(".")
    return type(short, (kind,), {"__module__": module, "__qualname__": short})()


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_an_allowed_one_is_used_and_left_clean(name: str) -> None:
    backend = named(name)
    keychain = Keychain.among([named("keyring.backends.null.Keyring"), backend])
    assert keychain.answers()
    assert backend.items == {}
    item = KeychainItem(keychain)
    assert item.secret(ID) is None
    made = item.make(ID)
    assert item.secret(ID) == made
    assert list(backend.items) == [(SERVICE, ID.hex())]
    assert len(bytes.fromhex(made.decode())) == 32


@pytest.mark.parametrize(
    "name",
    [
        "keyrings.alt.file.PlaintextKeyring",
        "keyrings.alt.file.EncryptedKeyring",
        "keyring.backends.null.Keyring",
        "keyring.backends.fail.Keyring",
        "keyring.backends.chainer.ChainerBackend",
        "somebody.elses.Keyring",
    ],
)
def test_any_other_is_never_asked(name: str) -> None:
    backend = named(name)
    keychain = Keychain.among([backend])
    assert not keychain.answers()
    assert not keychain.put(SERVICE, "name", "value")
    assert keychain.get(SERVICE, "name") is None
    assert not keychain.remove(SERVICE, "name")
    assert backend.items == {}
    assert "no keychain" in keychain.problem


@pytest.mark.parametrize("kind", [Locked, Forgetful])
def test_one_that_does_not_keep_what_it_gets_is_not_relied_on(kind: type[Backend]) -> None:
    keychain = Keychain.among([named(min(ALLOWED), kind)])
    assert not keychain.answers()
    with pytest.raises(LunaError) as caught:
        KeychainItem(keychain).make(ID)
    assert caught.value.code == "keychain-unavailable"
    assert keychain.problem in caught.value.message
    assert KeychainItem(keychain).secret(ID) is None


def test_it_remembers_the_last_state() -> None:
    keychain, seen = Keychain.among([named(min(ALLOWED))]), Seen(ID.hex(), 7, "ab" * 32)
    assert witness.in_keychain(keychain, seen.vault_id) == ()
    assert witness.tell_keychain(keychain, seen)
    assert witness.in_keychain(keychain, seen.vault_id) == (seen,)


def test_the_systems_own_is_found_by_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring.backend

    backend = named(max(ALLOWED))
    monkeypatch.setattr(keyring.backend, "get_all_keyring", lambda: [object(), backend])
    assert Keychain.of_system().answers()
