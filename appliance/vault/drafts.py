"""What the next state of a vault is made of: the present one with a value more, or less."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.vault.contents import Item
from appliance.vault.opened import Draft, authenticate, sealed

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.vault.layout import Record, Slot
    from appliance.vault.opened import Opened

KEPT_S = 24 * 3600
"""How long a former or deleted value stays, encrypted."""


def with_value(
    now: Opened, generation: int, name: str, plain: bytes, moment: int, random: Callable[[int], bytes]
) -> Draft:
    """A new value under a name; the one before is kept for a day."""
    old = now.contents.current(name)
    last = old or now.contents.kept(name)
    new = Item(
        last.id if last else random(16).hex(),
        name,
        last.version + 1 if last else 1,
        generation,
        "",
        last.created if last else moment,
        moment,
    )
    new, record = sealed(now.master, now.layout.header.vault_id, new, plain, random)
    kept = without(now, name, moment + KEPT_S).contents.items
    return draft_of(now, items=(*kept, new), records=(*now.layout.records, record), more_uses=1)


def without(now: Opened, name: str, until: int) -> Draft:
    """No value in use under a name; the one that was is kept `until` then."""
    items = tuple(
        replace(item, until=until) if item.name == name and not item.until else item
        for item in now.contents.items
    )
    return draft_of(now, items=items)


def draft_of(
    now: Opened,
    *,
    items: tuple[Item, ...] | None = None,
    records: tuple[Record, ...] | None = None,
    slots: tuple[Slot, ...] | None = None,
    more_uses: int = 0,
) -> Draft:
    """The present state with some of it replaced."""
    header = now.layout.header
    return Draft(
        now.master,
        header.slots if slots is None else slots,
        replace(now.contents, items=now.contents.items if items is None else items),
        now.layout.records if records is None else records,
        header.uses + more_uses,
    )


def purged(draft: Draft, moment: int) -> Draft:
    """Without the former values whose day is over."""
    pairs = [
        (item, record)
        for item, record in zip(draft.contents.items, draft.records, strict=True)
        if not item.until or item.until > moment
    ]
    contents = replace(draft.contents, items=tuple(item for item, _ in pairs))
    return replace(draft, contents=contents, records=tuple(record for _, record in pairs))


def tried(data: bytes, master: bytes) -> None:
    """Open a file and decrypt every value in it; raises Tampered."""
    opened = authenticate(data, master)
    for item in opened.contents.items:
        opened.value(item)
