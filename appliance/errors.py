"""What can go wrong, as a user can understand it and act on it.

LunaError                 failed; something did not work
├── Usage                 the request makes no sense as given
├── Refused               policy, role or missing consent
├── Conflict              another writer or another program is in the way
├── Unreachable           nothing answered; may be tried again
├── NotFound              the named thing does not exist
├── Invalid               the configuration (or a file like it) is not valid
└── ApprovalPending       somebody has to decide first

`code` is stable: it stands in JSON output and tests assert on it. The class decides the exit code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class LunaError(Exception):
    """Something a user can understand and act on."""

    code = "failed"

    def __init__(
        self, message: str, *, hint: str = "", code: str = "", facts: Mapping[str, str] | None = None
    ) -> None:
        """`message`: what happened, to what. `hint`: the next step. `code`: narrower than the class's.

        `facts`: what the message is about, by name, for front ends with words of their own.
        """
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts: Mapping[str, str] = facts or {}
        if code:
            self.code = code


class Usage(LunaError):
    """The request cannot be understood or contradicts itself."""

    code = "usage"


class Refused(LunaError):
    """Not allowed: policy, role, or nobody consented."""

    code = "refused"


class Conflict(LunaError):
    """Someone else changed or holds what this needs."""

    code = "conflict"


class Unreachable(LunaError):
    """Nothing answered; the operation may be tried again."""

    code = "unreachable"


class NotFound(LunaError):
    """The named thing does not exist."""

    code = "not-found"


class Invalid(LunaError):
    """The configuration, or the file given, is not valid."""

    code = "invalid"


class ApprovalPending(LunaError):
    """The run waits for somebody's decision."""

    code = "approval-pending"


class Note(str):
    """A sentence worth reading that is no error, with a code for front ends with words of their own."""

    code: str
    """Stable, kebab-case."""
    facts: Mapping[str, str]
    """The values the sentence is made of."""

    def __new__(cls, code: str, text: str, **facts: str) -> Note:
        made = super().__new__(cls, text)
        made.code, made.facts = code, facts
        return made
