"""What is a secret, and how it is shown."""

from __future__ import annotations

import pytest

from appliance.store.edits import MISSING, parse_path
from appliance.store.masking import in_words, is_secret, is_sensitive, masked

SECRET = "sk-0123456789abcdefghij"


@pytest.mark.parametrize(
    "path",
    [
        "gateway.auth.token",
        "gateway.auth.password",
        "models.providers.openai.apiKey",
        'models.providers["my.host"].headers.X-Any',
        "channels.telegram.botToken",
        "env.vars.SOME_API_KEY",
        "tools.media.models.0.request.auth.token",
        "skills.entries.x.apiKey",
        "plugins.entries.onepassword.config.vault",
        "anything.new.clientSecret",
        "models.providers.local.localService.env.ANY",
        "x.tokens.0",
    ],
)
def test_secrets_are_known_by_pattern_and_by_name(path: str) -> None:
    expected = path != "x.tokens.0"
    assert is_sensitive(parse_path(path)) is expected
    assert is_secret("value", parse_path(path)) is expected


@pytest.mark.parametrize(
    "path",
    [
        "gateway.port",
        "agents.defaults.maxTokens",
        "env.vars.PLAIN",
        "channels.telegram.tokenFile",
        "secrets.providers",
    ],
)
def test_ordinary_settings_are_not_secret(path: str) -> None:
    assert not is_sensitive(parse_path(path))


def test_the_whole_configuration_is_masked_in_place() -> None:
    value = {
        "gateway": {"auth": {"token": SECRET, "mode": "token"}, "port": 1},
        "models": {
            "providers": {"x": {"apiKey": {"source": "store", "provider": "default", "id": "openai"}}}
        },
        "env": {"vars": {"A_TOKEN": "${REAL_TOKEN}", "PLAIN": "text"}},
        "list": [{"password": "short"}, None],
        "note": f"key {SECRET} inside",
    }
    shown = masked(value, ())
    assert shown["gateway"] == {"auth": {"token": "sk-…ghij", "mode": "token"}, "port": 1}  # type: ignore[index]
    assert shown["models"] == value["models"]  # type: ignore[index]
    assert shown["env"] == value["env"]  # type: ignore[index]
    assert shown["list"] == [{"password": "••••"}, None]  # type: ignore[index]
    assert SECRET not in str(shown)
    assert value["gateway"]["auth"]["token"] == SECRET  # type: ignore[index]


def test_a_secret_anywhere_inside_counts() -> None:
    assert is_secret({"mode": "token", "token": "x"}, ("gateway", "auth"))
    assert not is_secret({"mode": "token"}, ("gateway", "auth"))
    assert not is_secret("", ("gateway", "auth", "token"))
    assert not is_secret("${TOKEN}", ("gateway", "auth", "token"))
    assert not is_secret(5, ("gateway", "auth", "token"))
    assert is_secret(["x"], ("a", "password"))


def test_words_are_short_and_masked() -> None:
    assert in_words(MISSING, ("a",)) == "not set"
    assert in_words({"token": "long-enough-to-be-cut-in-two"}, ("gateway", "auth")) == '{"token": "lon…-two"}'
    assert len(in_words("x" * 500, ("a",))) == 120
