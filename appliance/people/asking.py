"""People who wrote on a line and wait for being let in (gateway-ops §7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.gateway.pairing_results import PersonAsks

AT_ONCE = 3
"""People who may wait on one account; who writes while so many wait is not noted (OpenClaw, 2026.9.6)."""
WAITS_S = 3600
"""So long one waits; then the request is gone, and who writes again asks anew."""
_NAMES = (("name",), ("displayName",), ("pushName",), ("firstName", "lastName"), ("username",), ("tag",))
"""Metadata that names a person, the best first; each channel has its own."""


@dataclass(frozen=True)
class Asking:
    """Somebody who waits."""

    id: str
    """Of the request."""
    name: str
    """As the channel gave it, by the sender's own choice; the id where it gave none."""
    sender: str
    """The channel's id of the person."""
    sender_kind: str
    """What kind of id that is, in the channel's word (`telegramUserId`)."""
    channel: str
    account: str
    since: float
    """Seconds since 1970."""
    until: float
    """When the request is forgotten."""
    blocked: bool = False
    """On our list: it is dismissed at the next look."""


def asking(item: PersonAsks, blocked: bool) -> Asking:
    """One that waits, with a name where its channel gave one."""
    return Asking(
        item.request_id, name_of(item), item.sender_id, item.sender_label, item.channel, item.account_id,
        item.created_at, item.expires_at, blocked,
    )  # fmt: skip


def name_of(item: PersonAsks) -> str:
    """What the person is called there; never more than what it says of itself."""
    told = dict(item.metadata)
    for fields in _NAMES:
        name = " ".join(filter(None, (told.get(field, "").strip() for field in fields)))
        if name:
            return name
    return item.sender_id


def stored_in(answer: str) -> tuple[str, ...] | None:
    """The people let in by request, as OpenClaw's own command `/allowlist list dm` lists them.

    No call tells them (2026.9.6). None where the answer is another, or says that they cannot be read.
    """
    lines = answer.splitlines()
    if not lines or "Allowlist" not in lines[0]:
        return None
    head = "Paired allowFrom (store):"
    found = [line[len(head) :].strip() for line in lines if line.startswith(head)]
    if not found:
        return ()
    if found[0].startswith("unavailable"):
        return None
    return tuple(filter(None, (entry.strip() for entry in found[0].split(","))))
