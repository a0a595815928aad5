"""The keychain of the system, where there is one that answers and that keeps its items encrypted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVICE = "lunatui vault"
SEEN_SERVICE = "lunatui vault state"
ALLOWED = frozenset(
    {
        "keyring.backends.macOS.Keyring",
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
    }
)
"""By full class name. keyring also knows plain text files and a backend that forgets: never those."""


class Backend(Protocol):
    """What keyring's backends have in common."""

    def get_password(self, service: str, username: str) -> str | None:
        """The item, or None."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep an item."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Remove an item."""
        ...


class Keychain:
    """One keychain; every call may find it locked, and then says so instead of raising."""

    def __init__(self, backend: Backend | None, problem: str = "") -> None:
        self._backend = backend
        self.problem = problem
        """Why the last call had no answer; empty when it had."""

    @classmethod
    def of_system(cls) -> Keychain:
        """The first allowed one of this system."""
        from keyring.backend import get_all_keyring

        return cls.among(get_all_keyring())

    @classmethod
    def among(cls, backends: Iterable[object]) -> Keychain:
        """The first of `backends` that is allowed."""
        for backend in backends:
            kind = type(backend)
            if f"{kind.__module__}.{kind.__qualname__}" in ALLOWED:
                return cls(backend)  # type: ignore[arg-type]  # one of keyring's own, by name
        return cls(None, "this system has no keychain that lunatui trusts")

    def answers(self) -> bool:
        """Whether an item can be written, read back and removed: only then it is relied on."""
        name, value = f"probe-{os.urandom(8).hex()}", os.urandom(16).hex()
        if not self.put(SERVICE, name, value):
            return False
        same = self.get(SERVICE, name) == value
        if not same:
            self.problem = self.problem or "it does not give back what it was given"
        return self.remove(SERVICE, name) and same

    def get(self, service: str, name: str) -> str | None:
        """An item; None when there is none, or the keychain does not answer."""
        if self._backend is None:
            return None
        try:
            found = self._backend.get_password(service, name)
        except Exception as error:  # backends raise what their system's library raises
            self._note(error)
            return None
        self.problem = ""
        return found

    def put(self, service: str, name: str, value: str) -> bool:
        """Keep an item; whether that worked."""
        if self._backend is None:
            return False
        try:
            self._backend.set_password(service, name, value)
        except Exception as error:
            self._note(error)
            return False
        self.problem = ""
        return True

    def remove(self, service: str, name: str) -> bool:
        """Remove an item; whether that worked."""
        if self._backend is None:
            return False
        try:
            self._backend.delete_password(service, name)
        except Exception as error:
            self._note(error)
            return False
        return True

    def _note(self, error: Exception) -> None:
        self.problem = f"the keychain does not answer ({type(error).__name__})"
