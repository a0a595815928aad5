"""The connection as something to look at: six states, one table of moves, counters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """What the connection is doing."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    STUCK = "stuck"
    """It is there but silent or does not answer: what we show is old."""
    MISBEHAVING = "misbehaving"
    """It sent what no gateway sends; tried again only slowly."""
    CLOSED = "closed"


class Happening(Enum):
    """What moves the connection from one state to another."""

    OPENED = "opened"
    """A hello arrived."""
    LOST = "lost"
    """The connection broke, or an attempt failed because nothing answers."""
    SILENT = "silent"
    """Nothing was heard for too long, or an attempt got no answer."""
    HEARD = "heard"
    """A frame arrived after a silence."""
    MISBEHAVED = "misbehaved"
    ENDED = "ended"
    """We closed it, or there is no use in trying again."""
    BEGUN = "begun"
    """A closed connection is opened again."""


MOVES: dict[tuple[State, Happening], State] = {
    (State.CLOSED, Happening.BEGUN): State.CONNECTING,
    (State.CONNECTING, Happening.OPENED): State.CONNECTED,
    (State.CONNECTING, Happening.LOST): State.RECONNECTING,
    (State.CONNECTING, Happening.SILENT): State.STUCK,
    (State.CONNECTING, Happening.MISBEHAVED): State.MISBEHAVING,
    (State.CONNECTING, Happening.ENDED): State.CLOSED,
    (State.CONNECTED, Happening.LOST): State.RECONNECTING,
    (State.CONNECTED, Happening.SILENT): State.STUCK,
    (State.CONNECTED, Happening.MISBEHAVED): State.MISBEHAVING,
    (State.CONNECTED, Happening.ENDED): State.CLOSED,
    (State.RECONNECTING, Happening.OPENED): State.CONNECTED,
    (State.RECONNECTING, Happening.LOST): State.RECONNECTING,
    (State.RECONNECTING, Happening.SILENT): State.STUCK,
    (State.RECONNECTING, Happening.MISBEHAVED): State.MISBEHAVING,
    (State.RECONNECTING, Happening.ENDED): State.CLOSED,
    (State.STUCK, Happening.HEARD): State.CONNECTED,
    (State.STUCK, Happening.OPENED): State.CONNECTED,
    (State.STUCK, Happening.SILENT): State.STUCK,
    (State.STUCK, Happening.LOST): State.RECONNECTING,
    (State.STUCK, Happening.MISBEHAVED): State.MISBEHAVING,
    (State.STUCK, Happening.ENDED): State.CLOSED,
    (State.MISBEHAVING, Happening.OPENED): State.CONNECTED,
    (State.MISBEHAVING, Happening.LOST): State.RECONNECTING,
    (State.MISBEHAVING, Happening.SILENT): State.STUCK,
    (State.MISBEHAVING, Happening.MISBEHAVED): State.MISBEHAVING,
    (State.MISBEHAVING, Happening.ENDED): State.CLOSED,
}


class IllegalTransition(RuntimeError):
    """A move that the table does not have: our bug; the state is unchanged."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The visible state of one connection; times are Unix seconds."""

    state: State
    since: float
    """When this state began."""
    last_seen: float | None = None
    """When the gateway was last heard."""
    reason: str = ""
    """Why, in plain words."""
    code: str = ""
    """The stable code of the error behind it, when there was one."""

    def moved(self, happening: Happening, *, now: float, reason: str = "", code: str = "") -> Connection:
        """The state after `happening`.

        Raises:
            IllegalTransition: the table has no such move.
        """
        target = MOVES.get((self.state, happening))
        if target is None:
            raise IllegalTransition(f"{self.state.value} + {happening.value}")
        since = self.since if target is self.state else now
        return Connection(target, since, self.last_seen, reason, code)


@dataclass(slots=True)
class Counters:
    """What passed through one client since it was made."""

    frames: int = 0
    characters: int = 0
    events: int = 0
    shed: int = 0
    """Events dropped because a reader was too slow: first those a later one repeats."""
    shed_firm: int = 0
    """Of those, events that nothing repeats."""
    unknown: int = 0
    """Frames of unknown type, answers to questions nobody asked (or stopped waiting for)."""
    oversize: int = 0
    """Answers and events above their own limit."""
    gaps: int = 0
    """Events the gateway says it dropped on the way to us."""
    reconnects: int = 0
