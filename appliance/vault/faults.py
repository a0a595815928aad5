"""What can be wrong with a vault; each has a code that scripts and screens can rely on.

No message says more about a key than that it does not fit.
"""

from __future__ import annotations

from appliance.errors import Conflict, Invalid, NotFound, Refused


class VaultMissing(NotFound):
    """There is no vault yet."""

    code = "vault-missing"


class SecretUnknown(NotFound):
    """The vault holds no secret of that name."""

    code = "secret-unknown"


class VaultLocked(Refused):
    """None of the ways to open it is at hand: no passphrase was given, no keychain answers, no key file."""

    code = "vault-locked"


class WrongKey(Refused):
    """A passphrase, code, keychain item or key file does not open this vault; the message never varies."""

    code = "vault-wrong-key"


class TooSoon(Refused):
    """After a wrong passphrase the next try has to wait."""

    code = "vault-wait"


class Tampered(Invalid):
    """Bytes of the file are not what was written."""

    code = "vault-tampered"


class RolledBack(Conflict):
    """An earlier state of the vault was put in its place."""

    code = "vault-rolled-back"


class TooNew(Invalid):
    """The file was written by a later release, in a format this one does not know."""

    code = "vault-too-new"


class HostileParameters(Invalid):
    """The file asks for a key derivation that is too weak, or so costly that it would exhaust the machine."""

    code = "vault-parameters"


class Exhausted(Refused):
    """So many keys were wrapped with the master key that it has to be renewed first."""

    code = "vault-exhausted"
