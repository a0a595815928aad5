"""Who gets an answer, a code or silence; on a personal number strangers get nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.channels.policy import is_personal, policy_of
from appliance.channels.settings import account_of, accounts, default_account, expected_account
from appliance.channels.wish import Wish, others_changed, owner_only, phone_number, wish_edits
from appliance.errors import NotFound, Refused, Usage
from appliance.store.document import Document
from tests.unit.appliance.channels.oracle import direct, group, merged

OWN = "+491701234567"
NUMBERS = (OWN, "+15550001111", "+447700900123")
WHO = ("listed", "code", "everybody", "nobody")

lists = st.lists(st.sampled_from([*NUMBERS, "*", " * "]), max_size=3)
section = st.fixed_dictionaries(
    {},
    optional={
        "dmPolicy": st.sampled_from(["pairing", "allowlist", "open", "disabled"]),
        "allowFrom": lists,
        "groupPolicy": st.sampled_from(["open", "disabled", "allowlist"]),
        "groupAllowFrom": lists,
        "selfChatMode": st.booleans(),
        "enabled": st.booleans(),
    },
)
ids = st.sampled_from(["default", "work", "shop"])
channel_settings = st.builds(
    lambda own, inner: {**own, **({"accounts": inner} if inner else {})},
    section,
    st.dictionaries(ids, section, max_size=3),
)
configs = st.builds(
    lambda whatsapp, defaults: {"channels": {"whatsapp": whatsapp, "defaults": defaults}},
    channel_settings,
    st.fixed_dictionaries({}, optional={"groupPolicy": st.sampled_from(["open", "disabled", "allowlist"])}),
)
wishes = st.builds(
    Wish,
    st.sampled_from(WHO),
    st.lists(st.sampled_from(NUMBERS), max_size=2).map(tuple),
    st.sampled_from(WHO),
    personal=st.booleans(),
)


def after(config: dict[str, Any], account: str, wish: Wish) -> dict[str, Any]:
    edits = wish_edits(config, "whatsapp", account, wish)
    return Document.parse(json.dumps(config).encode()).apply(edits).value


@given(configs)
def test_it_reads_the_policy_as_openclaw_does(config: dict[str, Any]) -> None:
    channel, defaults = config["channels"]["whatsapp"], config["channels"]["defaults"]
    for account in accounts(config):
        policy, settings = policy_of(config, account), merged(channel, account.id)
        gets = {"allow": "answer", "pairing": "code", "block": "silence"}
        assert policy.strangers == gets[direct(settings)]
        assert (policy.groups == "everybody") == (group(settings, defaults) == "allow")
        assert policy.sentence.endswith(".")


@given(configs, ids, wishes)
def test_on_a_personal_number_a_stranger_receives_nothing(
    config: dict[str, Any], account: str, wish: Wish
) -> None:
    """Whatever stood there and whatever is wanted: it is refused, or strangers get silence."""
    personal = wish.personal or is_personal(expected_account(config, "whatsapp", account))
    try:
        value = after(config, account, wish)
    except (Refused, Usage):
        return
    settings = merged(value["channels"]["whatsapp"], account)
    if personal:
        assert direct(settings) == "block"
        assert group(settings, value["channels"]["defaults"]) == "block"
        assert settings["selfChatMode"] is True, "it stays known as a personal number"
    elif wish.who != "everybody":
        assert direct(settings) != "allow"


@given(configs, ids)
def test_owner_only_is_never_refused_and_lets_the_owner_in(config: dict[str, Any], account: str) -> None:
    value = after(config, account, owner_only("0049 170 1234567"))
    policy = policy_of(value, expected_account(value, "whatsapp", account))
    assert (policy.strangers, policy.listed, policy.groups) == ("silence", (OWN,), "nobody")
    assert policy.personal
    assert not policy.strangers_receive
    again = wish_edits(value, "whatsapp", account, owner_only(OWN))
    assert again == (), "a second time changes nothing"


def test_each_wish_has_its_sentence() -> None:
    def sentence(wish: Wish) -> str:
        value = after({"channels": {"whatsapp": {}}}, "", wish)
        return policy_of(value, account_of(value, "whatsapp")).sentence

    assert sentence(owner_only(OWN)) == (
        f"WhatsApp: only {OWN} gets an answer, everybody else gets silence; groups get silence."
    )
    assert sentence(Wish("code")) == (
        "WhatsApp: whoever you let in gets an answer, everybody else gets a code and waits for you; "
        "groups get silence."
    )
    assert sentence(Wish("everybody", groups="everybody")) == (
        "WhatsApp: everybody gets an answer; in groups everybody gets an answer."
    )
    assert sentence(Wish("nobody")) == "WhatsApp: everybody gets silence; groups get silence."
    assert "3 people on the list" in sentence(Wish("listed", NUMBERS))


def test_a_wish_that_cannot_be_is_said() -> None:
    empty: dict[str, Any] = {"channels": {"whatsapp": {}}}
    with pytest.raises(Usage) as nobody:
        wish_edits(empty, "whatsapp", "", Wish("listed"))
    assert nobody.value.code == "nobody-listed"
    with pytest.raises(Usage) as telegram:
        wish_edits({}, "telegram", "", Wish("listed", ("5",), personal=True))
    assert telegram.value.code == "no-personal-number"
    for wrong in ("", "0170 1234567", "+49", "+49x1701234567", "Luna"):
        with pytest.raises(Usage) as number:
            phone_number(wrong)
        assert number.value.code == "phone-number"
    assert phone_number("whatsapp:+49 (170) 123-45.67") == OWN


def test_a_group_with_a_rule_of_its_own_counts() -> None:
    groups = {"-1001": {"groupPolicy": "open"}, "-1002": {"topics": {"7": {"allowFrom": ["*"]}}}, "-1003": {}}
    value = {"channels": {"telegram": {"dmPolicy": "allowlist", "allowFrom": [5550], "groups": groups}}}
    policy = policy_of(value, account_of(value, "telegram"))
    assert (policy.listed, policy.open_groups) == (("5550",), ("-1001", "-1002"))
    assert policy.lets_strangers_in
    assert "in 2 group(s) everybody" in policy.sentence


def test_older_settings_for_direct_messages_count() -> None:
    slack = {"channels": {"slack": {"dm": {"enabled": False}}}}
    assert policy_of(slack, account_of(slack, "slack")).strangers == "silence"
    older = {"channels": {"slack": {"dm": {"policy": "open"}, "allowFrom": ["*"]}}}
    assert policy_of(older, account_of(older, "slack")).strangers == "answer"


def test_accounts_that_follow_are_named() -> None:
    config: dict[str, Any] = {
        "channels": {
            "whatsapp": {"dmPolicy": "pairing", "accounts": {"work": {}, "shop": {"dmPolicy": "open"}}}
        }
    }
    value = after(config, "default", owner_only(OWN))
    assert value["channels"]["whatsapp"]["accounts"]["default"]["dmPolicy"] == "allowlist"
    assert others_changed(config, value, "whatsapp", "default") == ("work", "shop")
    assert not policy_of(value, account_of(value, "whatsapp", "work")).personal


def test_accounts_are_found_and_missing_ones_named() -> None:
    config = {
        "channels": {
            "defaults": {},
            "telegram": {"botToken": "x", "accounts": {"Support": {}}, "defaultAccount": "Support"},
            "slack": "nonsense",
        }
    }
    assert [(one.channel, one.id) for one in accounts(config)] == [
        ("telegram", "default"),
        ("telegram", "Support"),
    ]
    assert default_account(config, "telegram") == "Support"
    assert accounts({}) == accounts({"channels": []}) == ()
    with pytest.raises(NotFound) as channel:
        account_of(config, "whatsapp")
    assert channel.value.code == "channel-unknown"
    with pytest.raises(NotFound) as account:
        account_of(config, "telegram", "shop")
    assert account.value.code == "account-unknown"
