"""The names of the events that are no operation of the registry; they are stable and all stand here.

Every other record bears the name of the operation that wrote it (`lunatui schema` lists those).
"""

from __future__ import annotations

from typing import Final

TORN: Final = "audit.torn"
"""A crash cut the last line off; what was left of it lies in `torn/`."""
GAP: Final = "audit.gap"
"""A line is none that was written there, or one is missing; the record goes on in a new segment."""
CHECKED: Final = "audit.verify"
"""Somebody had the chain checked: the result says what was found."""
HEAD: Final = "audit.head"
"""A signed head was handed out to be kept elsewhere."""
EMPTY_TRASH: Final = "trash.empty"
"""What lay in the trash for 30 days was removed."""
CLOSE_FILES: Final = "files.close"
"""Rights of others to files of this box were taken away."""

VAULT_STATE: Final = "secrets.state"
"""The vault was saved: its id, generation and hash, so that an earlier state in its place is noticed."""
VAULT_WAY: Final = "secrets.mend"
"""The program that OpenClaw starts to ask the vault was of another installation, and was written anew."""
VAULT_WRONG_KEY: Final = "secrets.unlock"
"""Somebody gave a passphrase that does not open the vault."""

OUTSIDE: Final = "outside.change"
"""Another program changed the configuration; history has the entry."""

EVENTS: Final = frozenset(
    {TORN, GAP, CHECKED, HEAD, EMPTY_TRASH, CLOSE_FILES, OUTSIDE, VAULT_STATE, VAULT_WAY, VAULT_WRONG_KEY}
)
PHASES: Final = ("intent", "outcome", "refusal", "note")
"""`intent` before an effect, `outcome` after it, `refusal` instead of it, `note` for what has no effect."""
