"""Tokens of bots: their shape, what is asked of the service, and what each answer means."""

from __future__ import annotations

import json
from typing import Any

import pytest

from appliance.channels.settings import account_of, expected_account
from appliance.channels.slots import free_slot, reference, slot_in_use, slots
from appliance.channels.tokens import Kind, clean_token, judged, questions, slack_manifest
from appliance.errors import Usage

TELEGRAM = "7001:AAtest-token-0000000000000000000000"
BOT, APP = "xoxb-1234567890-abcdef", "xapp-1-A0B1-2345-cdef"


def test_a_token_is_taken_without_what_stands_around_it() -> None:
    assert clean_token("telegram", "bot", f" {TELEGRAM}\n") == TELEGRAM
    assert clean_token("slack", "app", APP) == APP


@pytest.mark.parametrize(
    ("channel", "kind", "text", "words"),
    [
        ("telegram", "bot", "", "a colon"),
        ("telegram", "bot", "my secret", "a colon"),
        ("telegram", "bot", f"https://api.telegram.org/bot{TELEGRAM}", "a colon"),
        ("slack", "bot", APP, "the other one"),
        ("slack", "app", BOT, "the other one"),
        ("slack", "bot", "xoxp-user-token-123456", "xoxb-"),
    ],
)
def test_what_cannot_be_a_token_is_said_without_repeating_it(
    channel: str, kind: Kind, text: str, words: str
) -> None:
    with pytest.raises(Usage) as error:
        clean_token(channel, kind, text)
    assert error.value.code == "channel-token"
    assert words in error.value.message
    assert not text or text not in error.value.message + error.value.hint


def asked(channel: str, status: int, value: Any, number: int = 0) -> tuple[str, str, str]:
    tokens: dict[Kind, str] = {"bot": TELEGRAM} if channel == "telegram" else {"bot": BOT, "app": APP}
    question = questions(channel, tokens)[number]
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    told = judged(channel, question, status, body)
    return told.verdict, told.name, told.detail


def test_telegram_names_its_bot_or_says_no() -> None:
    assert asked("telegram", 200, {"ok": True, "result": {"username": "shop_bot"}}) == ("ok", "@shop_bot", "")
    refused = {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert asked("telegram", 401, refused) == ("wrong-token", "", "Unauthorized")
    conflict = {"ok": False, "description": "Conflict: terminated by other getUpdates request"}
    assert asked("telegram", 409, conflict, 1)[0] == "second-poller"
    assert asked("telegram", 200, {"ok": True, "result": []}, 1)[0] == "ok"
    assert asked("telegram", 429, {"ok": False, "description": "Too Many Requests"})[0] == "slow-down"
    assert asked("telegram", 502, b"<html>")[0] == "odd-answer"
    assert asked("telegram", 200, [])[0] == "odd-answer"


def test_slack_names_its_bot_or_says_no() -> None:
    assert asked("slack", 200, {"ok": True, "user": "luna", "team": "Café"}) == ("ok", "luna (Café)", "")
    assert asked("slack", 200, {"ok": True, "url": "wss://x"}, 1) == ("ok", "", "")
    assert asked("slack", 200, {"ok": False, "error": "invalid_auth"})[0] == "wrong-token"
    assert asked("slack", 200, {"ok": False, "error": "missing_scope"}, 1)[0] == "missing-scope"
    assert asked("slack", 429, {"ok": False, "error": "ratelimited"})[0] == "slow-down"
    assert asked("slack", 200, {"ok": False, "error": "fatal_error"})[0] == "odd-answer"


def test_the_address_can_be_another_and_a_question_never_shows_its_token() -> None:
    name, poller = questions("telegram", {"bot": TELEGRAM}, "http://127.0.0.1:9/")
    assert name.url == f"http://127.0.0.1:9/bot{TELEGRAM}/getMe"
    assert "offset" not in poller.url, "a look takes no message away"
    first, second = questions("slack", {"bot": BOT, "app": APP})
    assert (first.url, second.url) == (
        "https://slack.com/api/auth.test",
        "https://slack.com/api/apps.connections.open",
    )
    for question, token in ((name, TELEGRAM), (poller, TELEGRAM), (first, BOT), (second, APP)):
        assert token not in repr(question)


def test_the_manifest_is_one_that_slack_takes() -> None:
    value = json.loads(slack_manifest("Zoë"))
    assert value["settings"]["socket_mode_enabled"] is True
    assert value["features"]["bot_user"]["display_name"] == "Zoë"
    assert {"chat:write", "im:history", "app_mentions:read"} <= set(value["oauth_config"]["scopes"]["bot"])
    assert {"message.im", "app_mention"} <= set(value["settings"]["event_subscriptions"]["bot_events"])


def test_tokens_have_two_names_in_turn_and_no_two_accounts_share_one() -> None:
    first, second = slots("telegram", "default", "bot")
    assert (first, second) == ("LUNATUI_TELEGRAM_BOT_TOKEN", "LUNATUI_TELEGRAM_BOT_TOKEN_2")
    config: dict[str, Any] = {"channels": {"telegram": {"botToken": reference(first)}}}
    account = account_of(config, "telegram")
    assert slot_in_use(config, account, "bot", "botToken") == first
    assert free_slot(config, account, "bot", "botToken") == second
    assert free_slot({}, expected_account({}, "telegram", ""), "bot", "botToken") == first
    names = {slots("telegram", name, "bot")[0] for name in ("shop", "Shop", "sh op", "sh-op", "default")}
    assert len(names) == 5
    assert all(name.isascii() and name[0].isalpha() and len(name) <= 128 for name in names)
    assert slots("slack", "x" * 200, "app")[0] != slots("slack", "x" * 201, "app")[0]
    assert len(slots("slack", "x" * 200, "app")[1]) <= 128
