"""The ways to open a vault: each finds the secret that its slot of the header was wrapped with."""

from __future__ import annotations

import os
import stat
import unicodedata
from typing import TYPE_CHECKING, Protocol

from appliance.errors import LunaError, Usage
from appliance.places import create_private
from appliance.vault.faults import VaultLocked
from appliance.vault.keychain import SERVICE, Keychain
from appliance.vault.layout import Way
from appliance.vault.recovery import read_code

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.secret import Secret
    from appliance.vault.files import VaultFiles

KEY_FILE_HEAD = (
    "# lunatui vault key. Whoever has this file and the vault can read the vault. It keeps other users of\n"
    "# this machine and stray copies of the vault out, and not the programs of this account.\n"
)
_KEY_BYTES = 32
SHORTEST_PASSPHRASE = 12
TYPED = frozenset({Way.PASSPHRASE, Way.RECOVERY})
"""What a person types, and may try to guess."""


class Opener(Protocol):
    """One way, with what it needs at hand."""

    way: Way

    def secret(self, vault_id: bytes) -> bytes | None:
        """What the slot's key is derived from; None when this way is not at hand."""
        ...


class Passphrase:
    """Something a person typed."""

    way = Way.PASSPHRASE

    def __init__(self, text: Secret) -> None:
        self._text = text

    def secret(self, vault_id: bytes) -> bytes | None:  # noqa: ARG002 - the same for every vault
        """In Unicode's composed form (NFC), as UTF-8: however a keyboard makes an “ä”, it is the same."""
        with self._text.expose() as text:
            return unicodedata.normalize("NFC", text).encode()

    def make(self, vault_id: bytes) -> bytes:
        """The same, when it is long enough to be set.

        Raises:
            Usage: `passphrase-short`.
        """
        found = self.secret(vault_id) or b""
        if len(found.decode()) < SHORTEST_PASSPHRASE:
            raise Usage(
                f"A passphrase has at least {SHORTEST_PASSPHRASE} characters; four words do well.",
                code="passphrase-short",
            )
        return found


class RecoveryCode:
    """The code that was shown once."""

    way = Way.RECOVERY

    def __init__(self, text: Secret) -> None:
        self._text = text

    def secret(self, vault_id: bytes) -> bytes | None:  # noqa: ARG002 - the same for every vault
        """Its 26 signs; raises Usage when it cannot be one."""
        with self._text.expose() as text:
            return read_code(text)

    def make(self, vault_id: bytes) -> bytes:
        """The same; whoever made the code shows it once."""
        return self.secret(vault_id) or b""


class KeyFile:
    """A file of mode 0600, for boxes on which nobody types anything."""

    way = Way.KEY_FILE

    def __init__(self, path: Path) -> None:
        self._path = path

    def secret(self, vault_id: bytes) -> bytes | None:  # noqa: ARG002 - the file is of one box
        """The 32 bytes in it; None when there is no such file.

        Raises:
            VaultLocked: others could read it, it is not ours, or it holds something else.
        """
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refused(f"cannot be opened ({error.strerror})") from error
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
                raise self._refused("is not a plain file of this account")
            if found.st_mode & 0o077:
                raise self._refused("can be read by other users")
            text = os.read(descriptor, 4096)
        finally:
            os.close(descriptor)
        key = _key_in(text)
        if key is None:
            raise self._refused("does not hold a key")
        return key

    def make(self, vault_id: bytes) -> bytes:
        """Create it unless it is there; the 32 bytes.

        Raises:
            LunaError: it could not be written.
        """
        create_private(self._path, (KEY_FILE_HEAD + os.urandom(_KEY_BYTES).hex() + "\n").encode())
        found = self.secret(vault_id)
        if found is None:
            raise LunaError(f"{self._path} was written and is gone.", code="vault-key-file")
        return found

    def _refused(self, what: str) -> VaultLocked:
        return VaultLocked(
            f"The vault's key file {self._path} {what}.",
            hint=f"Look at it with: ls -la {self._path}; it belongs to this account alone (chmod 600).",
            code="vault-key-file",
        )


class KeyFileText:
    """What stands in a key file that is not on this disk; nothing opens by it when it holds no key."""

    way = Way.KEY_FILE

    def __init__(self, text: bytes) -> None:
        self._text = text

    def secret(self, vault_id: bytes) -> bytes | None:  # noqa: ARG002 - the file is of one box
        """The 32 bytes in it; None when it holds something else."""
        return _key_in(self._text)


class KeychainItem:
    """A random item in the system's keychain."""

    way = Way.KEYCHAIN

    def __init__(self, keychain: Keychain) -> None:
        self.keychain = keychain

    def secret(self, vault_id: bytes) -> bytes | None:
        """The item of this vault; None when the keychain is locked or has none."""
        found = self.keychain.get(SERVICE, vault_id.hex())
        return found.encode() if found else None

    def make(self, vault_id: bytes) -> bytes:
        """Put a new item there.

        Raises:
            VaultLocked: the keychain does not keep what it is given.
        """
        value = os.urandom(_KEY_BYTES).hex()
        if not self.keychain.answers() or not self.keychain.put(SERVICE, vault_id.hex(), value):
            raise VaultLocked(
                f"The keychain cannot be used: {self.keychain.problem}.",
                hint="Over SSH it is usually locked; use the key file or a passphrase.",
                code="keychain-unavailable",
            )
        return value.encode()


def _key_in(text: bytes) -> bytes | None:
    lines = [line for line in text.splitlines() if not line.startswith(b"#")]
    try:
        key = bytes.fromhex(b"".join(lines).decode())
    except ValueError:
        return None
    return key if len(key) == _KEY_BYTES else None


def typed(text: Secret) -> Opener:
    """What somebody typed to open the vault: a recovery key when it is shaped like one, else a passphrase."""
    code = RecoveryCode(text)
    try:
        code.secret(b"")
    except Usage:
        return Passphrase(text)
    return code


def usual_ways(files: VaultFiles) -> tuple[Opener, ...]:
    """What opens a vault without anybody: its key file, then the keychain, asked only when it is its turn."""
    return KeyFile(files.key_file), SystemKeychain()


class SystemKeychain:
    """The system's keychain, looked for only when nothing before it opened the vault."""

    way = Way.KEYCHAIN

    def secret(self, vault_id: bytes) -> bytes | None:
        """As `KeychainItem`."""
        return KeychainItem(Keychain.of_system()).secret(vault_id)
