"""No key gets past the redactor, whatever it is wrapped in, and plain words do."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.redact import MARK, mask, redact, redact_value

ALNUM = "Pl4nt3dA7bC9dE2fG5hJ8kL1mN3pQ6rS0tU4vW7xY9zAbCdEfGhIjKlMnOpQrStUv"
HEX = "3f9a7c51e80b246d" * 8
UPPER = "PL4NT3DQ7ZX9KW2M" * 4
# Built from parts: nothing in this file has the shape of a key.
SHAPES = {
    "openai": "sk-" + ALNUM[:48],
    "openai project": "sk-" + "proj-" + ALNUM[:40] + "_" + ALNUM[:20],
    "openai service account": "sk-" + "svcacct-" + ALNUM[:40],
    "anthropic": "sk-" + "ant-api03-" + ALNUM[:40] + "-AA",
    "openrouter": "sk-" + "or-v1-" + HEX[:64],
    "litellm": "sk-" + ALNUM[:22],
    "slack bot": "xo" + "xb-123456789012-" + ALNUM[:24],
    "slack user": "xo" + "xp-123456789012-" + ALNUM[:24],
    "slack app": "xa" + "pp-1-A0123-" + ALNUM[:24],
    "slack cookie": "xo" + "xd-" + ALNUM[:40],
    "github": "gh" + "p_" + ALNUM[:36],
    "github server": "gh" + "s_" + ALNUM[:36],
    "github fine-grained": "github" + "_pat_" + ALNUM[:22] + "_" + ALNUM[:50],
    "gitlab": "gl" + "pat-" + ALNUM[:20],
    "aws": "AK" + "IA" + UPPER[:16],
    "aws session": "AS" + "IA" + UPPER[:16],
    "google": "AI" + "za" + ALNUM[:35],
    "google oauth secret": "GOC" + "SPX-" + ALNUM[:28],
    "google oauth token": "ya" + "29." + ALNUM[:60],
    "groq": "gs" + "k_" + ALNUM[:52],
    "xai": "xa" + "i-" + ALNUM[:60],
    "perplexity": "pp" + "lx-" + ALNUM[:48],
    "nvidia": "nv" + "api-" + ALNUM[:60],
    "cerebras": "cs" + "k-" + ALNUM[:48],
    "tavily": "tv" + "ly-dev-" + ALNUM[:32],
    "firecrawl": "f" + "c-" + HEX[:32],
    "hugging face": "h" + "f_" + ALNUM[:34],
    "replicate": "r" + "8_" + ALNUM[:37],
    "brave": "BS" + "A" + ALNUM[:28],
    "elevenlabs": "s" + "k_" + HEX[:48],
    "stripe live": "sk" + "_live_" + ALNUM[:24],
    "stripe restricted": "rk" + "_test_" + ALNUM[:24],
    "stripe webhook": "wh" + "sec_" + ALNUM[:32],
    "sendgrid": "S" + "G." + ALNUM[:22] + "." + ALNUM[:43],
    "twilio": "S" + "K" + HEX[:32],
    "mailgun": "ke" + "y-" + HEX[:32],
    "telegram": "123456789" + ":AA" + ALNUM[:33],
    "discord": "M" + ALNUM[:24] + "." + ALNUM[:6] + "." + ALNUM[:30],
    "whatsapp code": "2@" + ALNUM[:60] + f",{ALNUM[:43]}=,{ALNUM[3:46]}=,{ALNUM[6:49]}=,1",
    "npm": "np" + "m_" + ALNUM[:36],
    "pypi": "py" + "pi-AgEI" + ALNUM[:60],
    "docker": "dckr" + "_pat_" + ALNUM[:27],
    "digital ocean": "do" + "p_v1_" + HEX[:64],
    "linear": "lin" + "_api_" + ALNUM[:40],
    "notion": "nt" + "n_" + ALNUM[:46],
    "figma": "fi" + "gd_" + ALNUM[:40],
    "shopify": "shp" + "at_" + HEX[:32],
    "square": "sq0" + "atp-" + ALNUM[:22],
    "atlassian": "ATA" + "TT3" + ALNUM[:60],
    "vault": "hv" + "s." + ALNUM[:24],
    "doppler": "d" + "p.pt." + ALNUM[:43],
    "grafana": "gl" + "sa_" + ALNUM[:32],
    "new relic": "NR" + "AK-" + UPPER[:27],
    "matrix": "sy" + "t_" + ALNUM[:40],
    "age": "AGE-SECRET" + "-KEY-1" + UPPER[:58],
    "databricks": "da" + "pi" + HEX[:32],
    "supabase": "sb" + "p_" + HEX[:40],
    "meta": "EA" + "A" + ALNUM[:60],
    "jwt": "ey" + "J" + ALNUM[:20] + "." + ALNUM[:40] + "." + ALNUM[:43],
    "bearer": "Bearer " + ALNUM[:40],
    "basic": "Basic " + base64.b64encode(b"rosa:planted-password").decode(),
    "pem": "-----BEGIN " + "EC PRIVATE KEY-----\n" + ALNUM + "\n-----END " + "EC PRIVATE KEY-----",
    "pem cut off": "-----BEGIN " + "PRIVATE KEY-----\n" + ALNUM + "\n" + ALNUM[:30],
}
WRAPPINGS = {
    "alone": "{}",
    "in a sentence": "The provider said: {} is not valid.",
    "quoted": '"{}"',
    "in a url": "https://api.example.com/v1?x=%3D{}&y=1",
    "escaped line": "first\\n{}\\nlast",
    "after equals": "X={}",
    "in brackets": "[{}]",
}


def secret_part(key: str) -> str:
    """A middle piece of a key, which must not be seen either."""
    return key[len(key) // 2 - 8 : len(key) // 2 + 8]


@pytest.mark.parametrize("wrapping", WRAPPINGS.values(), ids=WRAPPINGS.keys())
@pytest.mark.parametrize("key", SHAPES.values(), ids=SHAPES.keys())
def test_a_key_is_hidden_by_its_shape(key: str, wrapping: str) -> None:
    shown = redact(wrapping.replace("{}", key))
    assert MARK in shown
    assert secret_part(key) not in shown


def test_there_are_enough_shapes() -> None:
    assert len(SHAPES) >= 40


@pytest.mark.parametrize(
    "text",
    [
        "task-management-system-for-everyone",
        "a disk-cleanup-utility",
        "desk-organiser-deluxe",
        "risk-assessment-report",
        "agents.entries.luna.model: anthropic/claude-sonnet-4-5 → openai/gpt-5",
        "The token count was 15.",
        "maxTokens: 4096, tokens: 12345678",
        "tokenizer=o200k_base_long",
        "OpenClaw 2026.9.6 (build 1a2b3c4d5e6f)",
        "sha256 " + HEX[:64],
        "2026-09-19T10:00:00Z",
        "http://127.0.0.1:18789/ready",
        "user@example.com",
        "lunatui config set gateway.auth.token --value-stdin",
        "password reset was asked for",
        "secret: ••••",
        "apiKey: ${OPENAI_API_KEY}",
        "token: sk-…wxyz → ••••",
        "key: fp:0a1b2c3d",
        "secret: fp:0a1b2c3d",
        "20261120T102610Z-000001-ca3d163b",
        "/home/rosa/.local/share/lunatui/audit/segment-000001.jsonl",
        "a secret (see below) and a token, please",
        "basic tools",
        "The bearer of news",
    ],
)
def test_plain_text_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        'apiKey: "{}"',
        '{{"api_key": "{}"}}',
        "{{'password': '{}'}}",
        "OPENAI_API_KEY={}",
        "export MY_TOKEN={}",
        "token={}&x=1",
        "client_secret={}",
        '\\"botToken\\":\\"{}\\"',
        "--token {}",
        "--api-key={}",
        "Api key: {}",
        "Incorrect API key provided: {}.",
        "authorization: {}",
        "X-Api-Key: {}",
        "Set-Cookie: sid={}",
        "cookie: {}",
        "postgres://rosa:{}@db.example.com/shop",
        "passphrase = {}",
        "privateKey:{}",
        "token%3D{}",
        "PASSWD: {}",
    ],
)
@pytest.mark.parametrize("value", ["h9Xq2mZ7", "correct-horse-battery", HEX[:32]])
def test_a_value_beside_a_key_like_name_is_hidden(text: str, value: str) -> None:
    assert value not in redact(text.replace("{{", "{").replace("}}", "}").replace("{}", value))


def test_a_quoted_value_is_hidden_to_its_closing_quote() -> None:
    assert redact('{"password": "correct horse, battery", "user": "rosa"}') == (
        '{"password": "[hidden]", "user": "rosa"}'
    )
    assert redact('password: "never closed and long') == 'password: "[hidden]'


KNOWN = st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=40).filter(
    lambda text: len(set(text)) > 3 and text.strip() == text
)


@settings(max_examples=250)
@given(KNOWN, st.binary(max_size=5), st.binary(max_size=5))
def test_a_known_value_is_found_in_every_form(value: str, before: bytes, after: bytes) -> None:
    data = value.encode()
    forms = [
        value,
        json.dumps(value),
        json.dumps(value, ensure_ascii=False),
        json.dumps(json.dumps(value)),
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        data.hex(),
        data.hex().upper(),
        base64.b64encode(data).decode(),
        base64.urlsafe_b64encode(data).decode(),
    ]
    for form in forms:
        shown = redact(f"<{form}>", [value])
        assert MARK in shown
        assert form.strip('"') not in shown.replace(MARK, "")
    if len(data) >= 9:
        assert MARK in redact(base64.b64encode(before + data + after).decode(), [value])


def test_a_known_value_split_over_lines_is_found() -> None:
    value = "planted-value-without-a-shape"
    for split in ("\n", "\r\n", "\\\n    ", "\n  "):
        assert "planted" not in redact(f"see {value[:9]}{split}{value[9:]} there", [value])


def test_short_known_values_are_hidden_as_they_are() -> None:
    assert redact("pin 4711 and 4711", ["4711", ""]) == f"pin {MARK} and {MARK}"


def test_structures_are_redacted_by_name_and_by_shape() -> None:
    key = SHAPES["anthropic"]
    shown = redact_value(
        {
            "apiKey": "abc",
            "nested": [{"botToken": "abc", "text": f"use {key}"}, {"password": 12345678}],
            "auth": {"mode": "token"},
            "maxTokens": 4096,
            "tokenizer": "o200k",
            "enabled": True,
            "token": None,
            "secret": "fp:0a1b2c3d",
            "ref": {"key": "${OPENAI_API_KEY}"},
            key: "name",
        }
    )
    assert shown == {
        "apiKey": MARK,
        "nested": [{"botToken": MARK, "text": f"use {MARK}"}, {"password": MARK}],
        "auth": {"mode": "token"},
        "maxTokens": 4096,
        "tokenizer": "o200k",
        "enabled": True,
        "token": None,
        "secret": "fp:0a1b2c3d",
        "ref": {"key": "${OPENAI_API_KEY}"},
        MARK: "name",
    }
    assert redact_value({"token": "plain", "t": key}, by_name=False) == {"token": "plain", "t": MARK}
    assert redact_value(["the value"], known=["the value"]) == [MARK]


@settings(max_examples=300)
@given(
    st.recursive(
        st.text() | st.sampled_from([*SHAPES.values(), "token: abcdefgh"]) | st.integers() | st.none(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text() | st.sampled_from(["apiKey", "x"]), inner, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_a_second_pass_changes_nothing_and_no_planted_key_survives(value: object) -> None:
    once = redact_value(value)
    assert redact_value(once) == once
    text = json.dumps(once)
    assert not any(secret_part(key) in text for key in SHAPES.values() if "\n" not in key)
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "token" * 40_000,
        "-----BEGIN PRIVATE KEY-----" * 5_000,
        "sk-" * 60_000,
        "eyJ" * 60_000,
        "api key " * 20_000,
        "bearer " * 30_000,
        "https://" * 25_000,
        "x:" * 90_000,
        "token: " + " " * 200_000,
        '"' * 200_000,
        'password="' * 20_000,
        "A.B." * 50_000,
        "--" + "a-" * 90_000,
    ],
)
@pytest.mark.timeout(60)
def test_no_input_takes_long(text: str) -> None:
    redact(text, ["planted-known-value"])


def test_a_mask_shows_ends_of_long_keys_only() -> None:
    assert mask("sk-" + "0123456789abcdefghi") == "sk-…fghi"
    assert mask("short") == "••••"
    assert mask("") == "••••"
