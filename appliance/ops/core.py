"""What an operation is: everything the product can do is declared once, as one of these.

A read has `run`. A change or danger has `prepare`, which checks everything and says what would change without
touching anything; the `commit` it returns does it. So a dry run makes the same checks as the real thing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import MISSING, field
from enum import Enum, IntEnum
from typing import Any, Generic, TypeVar

from appliance.api import Appliance
from appliance.secret import Secret
from appliance.values import dataclass

P = TypeVar("P")
R = TypeVar("R")


class Risk(Enum):
    """How much harm an operation can do."""

    READ = "read"
    CHANGE = "change"
    """Undoable, or says why it need not be."""
    DANGER = "danger"
    """Spends money, connects an account, widens access, destroys, or cannot be undone."""


class Verdict(IntEnum):
    """What a finished operation has to say beyond its result; the number is the exit code."""

    DONE = 0
    UNREACHABLE = 5
    INVALID = 7
    WOULD_CHANGE = 10
    FINDINGS = 11
    CRITICAL = 12


@dataclass(frozen=True)
class Event:
    """One step of progress or one piece of a stream."""

    kind: str
    """`progress`, `plan`, `step`, `delta`, `status`, `tool`, `approval`, `note`."""
    text: str
    """For people; complete without `data`."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """Plain data for programs."""
    secret: Secret | None = None
    """What only a screen of this process may show (the code of a login); never printed, sent or kept."""


@dataclass(frozen=True)
class Change:
    """One thing that an operation would change, or did."""

    target: str
    """What is touched: a config path, a file, a service."""
    summary: str
    """In words: `model: a → b`, `create`, `start`."""
    applies: str = "now"
    """`now`, `after restart`, `with its next conversation`, or `unknown`."""
    detail: str = field(default="", metadata={"lines": True})
    """In full, for whoever decides (a diff); it goes on no record."""


@dataclass(frozen=True)
class Plan:
    """What an operation would do, from a dry run. Empty when everything is as it should be."""

    operation: str
    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()
    """A `Note` where front ends have words of their own for it."""


@dataclass(frozen=True)
class Undo:
    """The way back: an operation and its parameters as plain data."""

    operation: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Done(Generic[R]):
    """What a commit hands back."""

    result: R
    undo: Undo | None = None
    before: str = ""
    """SHA-256 of the main file before, when one file was edited."""
    after: str = ""
    takes_back: str = ""
    """Id of the history entry that this took back."""


@dataclass(frozen=True)
class Prepared(Generic[R]):
    """A checked change that has not happened yet."""

    changes: tuple[Change, ...]
    commit: Callable[[], Coroutine[Any, Any, Done[R]]]
    """Called once, after the intent is on disk."""
    warnings: tuple[str, ...] = ()
    asks: str = ""
    """A sentence somebody has to confirm first, where only the preparation could find that out."""


class Question(str):
    """A question with the values it is made of, for front ends with words of their own."""

    facts: Mapping[str, str]

    def __new__(cls, text: str, **facts: str) -> Question:
        made = super().__new__(cls, text)
        made.facts = facts
        return made


Consent = Callable[[str], Awaitable[bool]]
"""Asks a person one question (what is lost, and for whom) and returns the answer."""


async def nobody_consents(_question: str) -> bool:
    """The consent of a caller that cannot ask: always no."""
    return False


@dataclass(frozen=True)
class Call:
    """Who runs an operation, from where, and how it talks back."""

    actor: str
    """`human:<user>`, `support:<key>`, `agent:<id>`, `provisioner:<profile>`, `monitor`."""
    via: str
    """`cli`, `tui`, `mcp`."""
    emit: Callable[[Event], None] = lambda _event: None
    consent: Consent = nobody_consents
    idempotency_key: str = ""
    read_only: bool = False


@dataclass(frozen=True)
class Operation(Generic[P, R]):
    """One verb of the product. Run only by `dispatch`."""

    name: str
    """`area.verb`: the CLI path, the binding id and the audit name."""
    summary: str
    risk: Risk
    params: type[P]
    """A frozen dataclass; its fields are made with `param`."""
    result: type[R]
    """A frozen dataclass of plain data."""
    run: Callable[[Appliance, P, Call], Coroutine[Any, Any, R]] | None = None
    prepare: Callable[[Appliance, P, Call], Coroutine[Any, Any, Prepared[R]]] | None = None
    consequence: Callable[[P], str] | None = None
    """One sentence for the confirmation: what is lost or spent, and for whom."""
    no_undo: str = ""
    """Why a change needs no undo; empty when it returns one."""
    local: bool = False
    """Blocks, on files or one short question, and needs no event loop: the command line then starts none."""
    recorded: bool = False
    """A read that has to be known of (of a secret): on record before it happens, or it does not happen."""
    streams: bool = False
    """Emits events that are part of the answer (chat), not only progress."""
    verdict: Callable[[R], Verdict] = lambda _result: Verdict.DONE
    render: Callable[[R], str] | None = None
    """The result as text for people, where aligned lines and tables do not do."""

    def __post_init__(self) -> None:
        reads = self.risk is Risk.READ
        if (self.run is not None) is not reads or (self.prepare is None) is not reads:
            raise TypeError(f"{self.name}: a read has run, and whatever changes something has prepare")

    @property
    def area(self) -> str:
        return self.name.partition(".")[0]

    @property
    def verb(self) -> str:
        return self.name.partition(".")[2]


@dataclass(frozen=True)
class Nothing:
    """No parameters."""


def param(
    help_text: str,
    *,
    default: Any = MISSING,
    positional: bool = False,
    flag: str = "",
    private: bool = False,
    long: bool = False,
) -> Any:
    """A field of a parameter model: its help line, and how the command line takes it.

    Args:
        private: somebody's own words: the record keeps their length and a fingerprint, not the text.
        long: a text of many lines: the command line takes it from a file or from standard input too.
    """
    metadata = {"help": help_text, "positional": positional, "flag": flag, "private": private, "long": long}
    if default is MISSING:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)
