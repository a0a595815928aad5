"""Tokens of bots: what one may look like, what to ask its service, and what the answer means.

Pure: who sends the requests is not decided here. Telegram's Bot API (`getMe`, `getUpdates`) and Slack's Web
API (`auth.test`, `apps.connections.open`).
"""

from __future__ import annotations

import json
import re
from dataclasses import field
from typing import Literal

from appliance.channels.settings import title_of
from appliance.errors import Usage
from appliance.parsing import json_value
from appliance.values import dataclass

Kind = Literal["bot", "app"]
"""Which of a channel's tokens: a bot's own, or Slack's for its socket."""
Verdict = Literal["ok", "wrong-token", "second-poller", "missing-scope", "slow-down", "odd-answer"]
_SHAPES: dict[tuple[str, Kind], tuple[str, str]] = {
    ("telegram", "bot"): (r"\d{3,20}:[A-Za-z0-9_-]{20,100}", "numbers, a colon, and a long word"),
    ("slack", "bot"): (r"xoxb-[A-Za-z0-9-]{10,300}", "a long word that begins with xoxb-"),
    ("slack", "app"): (r"xapp-[A-Za-z0-9-]{10,300}", "a long word that begins with xapp-"),
}
_SOURCES = {
    "telegram": "Ask @BotFather on Telegram for it: /mybots, your bot, API Token.",
    "slack": "It stands at api.slack.com/apps, in your app.",
}
USUAL_ROOT = {"telegram": "https://api.telegram.org", "slack": "https://slack.com/api"}
FIELDS: dict[str, dict[Kind, str]] = {
    "telegram": {"bot": "botToken"},
    "slack": {"bot": "botToken", "app": "appToken"},
}
"""Where openclaw.json has the tokens, by channel; the channels that are set up with tokens here."""
POLL_SECONDS = 4
"""How long the question for a second poller is held open."""
_SLACK_WRONG = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})


@dataclass(frozen=True)
class Question:
    """One request to a service."""

    kind: Kind
    name: str
    """What it finds out: `name`, `poller` or `socket`."""
    method: str
    url: str = field(repr=False)
    """May hold the token: never said, never kept."""
    headers: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Told:
    """What an answer says."""

    verdict: Verdict
    name: str = ""
    """Who the bot is, as its service calls it."""
    detail: str = ""
    """The service's own words."""


def clean_token(channel: str, kind: Kind, text: str) -> str:
    """The token in `text`, without the white space around it. No message repeats any part of it.

    Raises:
        Usage: `channel-token`, it cannot be one.
    """
    token = text.strip()
    shape, words = _SHAPES[channel, kind]
    if re.fullmatch(shape, token):
        return token
    swapped = (kind == "bot" and token.startswith("xapp-")) or (kind == "app" and token.startswith("xoxb-"))
    reason = "it is the other one of the two tokens" if channel == "slack" and swapped else f"one is {words}"
    raise Usage(
        f"This is not {'an app' if kind == 'app' else 'a bot'} token of {title_of(channel)}: {reason}.",
        hint=_SOURCES[channel],
        code="channel-token",
        facts={"channel": title_of(channel)},
    )


def questions(channel: str, tokens: dict[Kind, str], root: str = "") -> tuple[Question, ...]:
    """What to ask before such tokens are saved, in this order."""
    base = (root or USUAL_ROOT[channel]).rstrip("/")
    if channel == "telegram":
        bot = f"{base}/bot{tokens['bot']}"
        # Without an offset it takes no message away. Telegram ends the older of two polls, so this one has to
        # last until another program's next one.
        poll = f"{bot}/getUpdates?timeout={POLL_SECONDS}&limit=1"
        return (
            Question("bot", "name", "GET", f"{bot}/getMe"),
            Question("bot", "poller", "GET", poll),
        )
    found = [Question("bot", "name", "POST", f"{base}/auth.test", _bearer(tokens["bot"]))]
    if "app" in tokens:
        socket = f"{base}/apps.connections.open"
        found.append(Question("app", "socket", "POST", socket, _bearer(tokens["app"])))
    return tuple(found)


def judged(channel: str, question: Question, status: int, body: bytes) -> Told:
    """What the service answered."""
    try:
        value = json_value(body.decode())
    except ValueError:
        value = None
    if not isinstance(value, dict):
        return Told("odd-answer", detail=f"HTTP {status}")
    return _telegram(status, value) if channel == "telegram" else _slack(status, value, question)


def _telegram(status: int, value: dict[str, object]) -> Told:
    detail = str(value.get("description") or "")[:200]
    if status == 409:
        return Told("second-poller", detail=detail)
    if status in (401, 404):
        return Told("wrong-token", detail=detail)
    if status == 429:
        return Told("slow-down", detail=detail)
    result = value.get("result")
    if status != 200 or value.get("ok") is not True:
        return Told("odd-answer", detail=detail or f"HTTP {status}")
    username = result.get("username") if isinstance(result, dict) else None
    return Told("ok", f"@{username}" if isinstance(username, str) else "")


def _slack(status: int, value: dict[str, object], question: Question) -> Told:
    error = str(value.get("error") or "")[:200]
    if value.get("ok") is True:
        bot, team = value.get("user"), value.get("team")
        if question.name == "socket":
            return Told("ok")
        return Told("ok", f"{bot} ({team})" if isinstance(bot, str) and isinstance(team, str) else "")
    if error in _SLACK_WRONG:
        return Told("wrong-token", detail=error)
    if error in ("missing_scope", "not_allowed_token_type"):
        return Told("missing-scope", detail=error)
    if error == "ratelimited" or status == 429:
        return Told("slow-down", detail=error)
    return Told("odd-answer", detail=error or f"HTTP {status}")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/x-www-form-urlencoded"}


def slack_manifest(name: str = "Luna") -> str:
    """An app for Slack's socket mode, ready to paste at “From a manifest” (docs/channels/slack/setup.md)."""
    scopes = (
        "app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands",
        "emoji:read", "files:read", "files:write", "groups:history", "groups:read", "im:history", "im:read",
        "im:write", "mpim:history", "mpim:read", "mpim:write", "reactions:read", "reactions:write",
        "users:read",
    )  # fmt: skip
    events = (
        "app_home_opened", "app_mention", "message.channels", "message.groups", "message.im", "message.mpim",
        "member_joined_channel", "channel_rename", "reaction_added", "reaction_removed",
    )  # fmt: skip
    home = {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}
    manifest = {
        "display_information": {"name": name, "description": "Answers in Slack by OpenClaw"},
        "features": {"bot_user": {"display_name": name, "always_online": True}, "app_home": home},
        "oauth_config": {"scopes": {"bot": scopes}},
        "settings": {"socket_mode_enabled": True, "event_subscriptions": {"bot_events": events}},
    }
    return json.dumps(manifest, indent=2, ensure_ascii=False)
