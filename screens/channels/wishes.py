"""What is asked to set up a bot's line, and to say who may talk on a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from appliance.channels.wish import Who
from screens.widgets.questions import Choice, Wish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.ops.channels_look import ChannelShown
    from screens.words import Words

BLAME: Mapping[str, str] = {
    "channel-token": "token",
    "channel-token-refused": "token",
    "channel-unreachable": "token",
    "second-poller": "token",
    "channel-scope": "app_token",
}
"""Which question an error of setting up a line is about."""
_NOW = {"answer": "everybody", "code": "code"}


def bot_wishes(kind: str) -> tuple[Wish, ...]:
    """The access code of the bot; Slack has two."""
    return (Wish("token"), Wish("app_token")) if kind == "slack" else (Wish("token"),)


def policy_wishes(words: Words, shown: ChannelShown | None) -> tuple[Wish, ...]:
    """Who gets an answer, the list of those that are meant, and the same for groups; as it is now."""
    people, groups = "code", "nobody"
    if shown is not None:
        silent = "listed" if shown.listed else "nobody"
        people = _NOW.get(shown.strangers, silent)
        groups = shown.groups
    return (
        Wish("who", _choices(words, "who"), people),
        Wish(
            "allow", default=shown.listed if shown else (), when=lambda got: got["who"] in ("listed", "code")
        ),
        Wish("groups", _choices(words, "groups"), groups),
    )


def _choices(words: Words, what: str) -> tuple[Choice, ...]:
    wanted = [who for who in get_args(Who) if not (what == "groups" and who == "code")]
    return tuple(Choice(who, words(f"channels.{what}-is.{who}")) for who in wanted)
