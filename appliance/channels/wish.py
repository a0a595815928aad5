"""Edits that make a channel answer the people somebody wants it to answer, and nobody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from appliance.channels.policy import ANYBODY, can_be_personal, entries, is_personal, policy_of
from appliance.channels.settings import accounts_of, expected_account, title_of
from appliance.errors import Refused, Usage
from appliance.store.edits import MISSING, Edit, lookup
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.channels.policy import DmPolicy, GroupPolicy, Policy
    from appliance.channels.settings import Account

Who = Literal["listed", "code", "everybody", "nobody"]
"""Who gets an answer: those on the list, those let in by a code too, everybody, or nobody."""
_DIRECT: Mapping[Who, DmPolicy] = {
    "listed": "allowlist",
    "code": "pairing",
    "everybody": "open",
    "nobody": "disabled",
}
_GROUPS: Mapping[Who, GroupPolicy] = {
    "listed": "allowlist",
    "code": "allowlist",
    "everybody": "open",
    "nobody": "disabled",
}
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True)
class Wish:
    """Who shall be answered."""

    who: Who
    people: tuple[str, ...] = ()
    """Numbers or ids, as the channel names people."""
    groups: Who = "nobody"
    personal: bool = False
    """The number is its owner's own."""


def owner_only(number: str) -> Wish:
    """What a personal number gets: its owner talks to the assistant, nobody else hears from it.

    Raises:
        Usage: `phone-number`, this is no number.
    """
    return Wish("listed", (phone_number(number),), "nobody", personal=True)


def phone_number(text: str) -> str:
    """A number as WhatsApp writes it: `+`, country, digits.

    Raises:
        Usage: `phone-number`.
    """
    plain = re.sub(r"[\s().\-/]", "", text.strip().removeprefix("whatsapp:"))
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    if not _E164.fullmatch(plain):
        raise Usage(
            "This is not a phone number with its country in front.",
            hint="Write it like +49 170 1234567.",
            code="phone-number",
        )
    return plain


def wish_edits(config: Mapping[str, Any], channel: str, account: str, wish: Wish) -> tuple[Edit, ...]:
    """What makes the account answer exactly whom `wish` names; empty when it does already.

    Raises:
        Refused: `personal-number`, strangers would receive something on their owner's own number.
        Usage: `nobody-listed`, `phone-number`.
    """
    before = expected_account(config, channel, account)
    personal = wish.personal or is_personal(before)
    wanted = _wanted(before, wish, personal=personal)
    after = policy_with(config, before, wanted)
    if personal and after.strangers_receive:
        raise Refused(
            f"{title_of(channel)} runs on a personal number: friends and customers of its owner would get "
            "messages from the assistant.",
            hint="Give the assistant a number of its own, or let only named people in.",
            code="personal-number",
            facts={"channel": title_of(channel)},
        )
    return tuple(
        Edit((*before.path, key), value, lookup(config, (*before.path, key)))
        for key, value in wanted.items()
        if not _already(config, before, key, value)
    )


def others_changed(
    before: Mapping[str, Any], after: Mapping[str, Any], channel: str, account: str
) -> tuple[str, ...]:
    """Other accounts of the channel that answer other people after an edit, since they have no own rule."""
    now = {one.id: policy_of(after, one) for one in accounts_of(after, channel)}
    return tuple(
        one.id
        for one in accounts_of(before, channel)
        if one.id != account and one.id in now and now[one.id] != policy_of(before, one)
    )


def policy_with(config: Mapping[str, Any], account: Account, values: Mapping[str, Any]) -> Policy:
    """The policy once these settings stand in the account's own section."""
    from dataclasses import replace

    settings = {**account.settings, **values}
    return policy_of(config, replace(account, settings=settings))


def _wanted(account: Account, wish: Wish, *, personal: bool) -> dict[str, Any]:
    if personal and not can_be_personal(account.channel):
        raise Usage(f"{title_of(account.channel)} has no personal numbers.", code="no-personal-number")
    people = tuple(map(phone_number, wish.people)) if account.channel == "whatsapp" else wish.people
    people = people or tuple(item for item in entries(account.settings.get("allowFrom")) if item != ANYBODY)
    if wish.who == "listed" and not people:
        raise Usage(
            "Nobody is on the list, so nobody would get an answer.",
            hint="Name somebody with --allow, or choose “nobody”.",
            code="nobody-listed",
        )
    wanted: dict[str, Any] = {"dmPolicy": _DIRECT[wish.who]}
    wanted["allowFrom"] = [*people, ANYBODY] if wish.who == "everybody" else list(people)
    wanted["groupPolicy"] = _GROUPS[wish.groups]
    if wish.groups == "listed" and account.channel != "slack":
        wanted["groupAllowFrom"] = list(people)
    if personal:
        wanted["selfChatMode"] = True
    return wanted


def _already(config: Mapping[str, Any], account: Account, key: str, value: object) -> bool:
    found = lookup(config, (*account.path, key))
    return found is not MISSING and found == value
