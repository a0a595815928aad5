"""API keys as text, addresses, and the names keys are stored under."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import LunaError, NotFound, Refused, Usage
from appliance.providers.address import clean_base_url, is_own_network, refuse_open_road
from appliance.providers.catalog import KINDS, check_provider_id, kind_named, kind_of
from appliance.providers.keys import clean_key, secret_name

OPENAI, ANTHROPIC, CUSTOM = kind_named("openai"), kind_named("anthropic"), kind_named("custom")
GOOD = "sk-proj-0123456789abcdef"


def refusal(text: str, kind: str = "openai", *, own_address: bool = False) -> str:
    with pytest.raises(Usage) as caught:
        clean_key(text, kind_named(kind), own_address=own_address)
    assert caught.value.code == "provider-key"
    secret = text.strip()
    assert not secret or secret not in caught.value.message + caught.value.hint
    return caught.value.message


def test_a_key_is_stripped_and_nothing_else() -> None:
    assert clean_key(f"  {GOOD}\n", OPENAI) == GOOD


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("sk-12 34567890", "space"),
        ("sk-1234\n567890", "space"),
        (f"Bearer {GOOD}", "Bearer"),
        (f"OPENAI_API_KEY={GOOD}", "line of settings"),
        (f"export OPENAI_API_KEY={GOOD}", "line of settings"),
        ("https://example.com/my-key", "web address"),
        (f'"{GOOD}"', "quotation marks"),
        ("sk-schlüssel-1", "no key has"),
        ("sk-1", "too short"),
        ("sk-" + "x" * 5_000, "too long"),
        ("sk-…cdef", "masked"),
        ("__OPENCLAW_REDACTED__", "masked"),
        ("pk-0123456789", "begins with “sk-”"),
        ("sk-ant-api03-0123456789", "Anthropic"),
        ("sk-or-v1-0123456789", "OpenRouter"),
        ("sk-admin-0123456789", "admin key"),
    ],
)
def test_an_obviously_wrong_key_is_refused_with_the_reason(text: str, why: str) -> None:
    assert why in refusal(text)


def test_a_subscription_token_is_not_an_api_key() -> None:
    assert "subscription" in refusal("sk-ant-oat01-0123456789", "anthropic")
    assert "sk-ant-" in refusal(GOOD, "anthropic")


def test_at_an_own_address_any_shape_may_be_right() -> None:
    assert clean_key("company-key-123", OPENAI, own_address=True) == "company-key-123"
    assert clean_key("sk-ant-whatever", CUSTOM) == "sk-ant-whatever"
    assert "empty" in refusal("", own_address=True)


@given(st.text(min_size=8, max_size=80))
def test_no_refusal_repeats_the_key(text: str) -> None:
    said = ""
    try:
        clean_key(text, ANTHROPIC)
    except LunaError as error:
        said = f"{error.message} {error.hint}"
    assert len(text.strip()) < 8 or text.strip() not in said


@given(st.text(min_size=1, max_size=200), st.text(min_size=1, max_size=200))
def test_secret_names_obey_openclaws_rule_and_never_meet(one: str, two: str) -> None:
    assert re.fullmatch(r"[A-Z][A-Z0-9_]{0,127}", secret_name(one))
    assert (secret_name(one) == secret_name(two)) == (one == two)


def test_secret_names_are_readable() -> None:
    assert secret_name("openai") == "LUNATUI_OPENAI_KEY"
    assert secret_name("my-shop") == "LUNATUI_MY_SHOP_KEY"
    assert secret_name("my_shop") not in ("LUNATUI_MY_SHOP_KEY", secret_name("MY-SHOP"))


@pytest.mark.parametrize(
    ("text", "api", "expected"),
    [
        (" https://api.example.com/v1/ ", "openai-completions", "https://api.example.com/v1"),
        ("http://127.0.0.1:1234/v1/chat/completions", "openai-completions", "http://127.0.0.1:1234/v1"),
        ("http://localhost:11434/v1", "ollama", "http://localhost:11434"),
        ("http://localhost:11434/api/chat", "ollama", "http://localhost:11434"),
        ("https://api.anthropic.com/v1/messages", "anthropic-messages", "https://api.anthropic.com"),
        ("http://[::1]:8080/v1", "openai-completions", "http://[::1]:8080/v1"),
    ],
)
def test_addresses_are_tidied(text: str, api: str, expected: str) -> None:
    assert clean_base_url(text, api) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "http://",
        "http://a b",
        "http://user:secret@example.com/v1",
        "https://example.com/v1?key=secret",
        "https://example.com/#x",
        "http://example.com:99999",
        "http://[::1",
        "http://example.com/\x1b[31m",
        "http://" + "a" * 3_000,
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Usage) as caught:
        clean_base_url(text, "openai-completions")
    assert caught.value.code == "provider-address"
    assert "secret" not in caught.value.message


def test_a_key_never_travels_in_the_open() -> None:
    with pytest.raises(Refused) as caught:
        refuse_open_road("http://api.example.com/v1", has_key=True)
    assert caught.value.code == "insecure-address"
    refuse_open_road("http://api.example.com/v1", has_key=False)
    refuse_open_road("https://api.example.com/v1", has_key=True)
    refuse_open_road("http://192.168.1.9:8000/v1", has_key=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "10.0.0.9", "nas", "nas.local", "box.lan"])
def test_the_own_network(host: str) -> None:
    assert is_own_network(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "example.com", "local.example.com", "2606:4700::1"])
def test_the_world(host: str) -> None:
    assert not is_own_network(host)


def test_kinds_are_complete_and_found() -> None:
    for kind in KINDS:
        assert kind_named(kind.id) is kind
        assert kind.title
        assert kind.summary.endswith(".")
        assert kind.key_url.startswith("https://") or kind.key != "required"
        assert kind.base_url == "" or clean_base_url(kind.base_url, kind.api) == kind.base_url
    assert kind_of("somewhere").id == "custom"
    with pytest.raises(NotFound, match="gemini") as caught:
        kind_named("gemini")
    assert "openrouter" in caught.value.hint


@pytest.mark.parametrize("name", ["", "-a", "A", "a b", "ä", "x" * 65, "a.b", "../x"])
def test_ids_that_break_the_rule(name: str) -> None:
    with pytest.raises(Usage):
        check_provider_id(name)
    assert check_provider_id("my_shop-2") == "my_shop-2"
