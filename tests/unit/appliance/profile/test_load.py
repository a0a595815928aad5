"""What a profile file may say, and how it is told that it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.errors import Invalid, LunaError, NotFound, Refused, Usage
from appliance.profile.load import SIZE_LIMIT, load, parse

WHOLE = b"""
default_model = "office/large"
[engine]
version = "2026.9.6"
[gateway]
port = 19000
[business]
name = "Caf\xc3\xa9 Rosa"
timezone = "Europe/London"
[provider]
kind = "custom"
id = "office"
base_url = "http://127.0.0.1:1234/v1"
key = "env:OFFICE_API_KEY"
models = ["small", "large"]
[[agents]]
id = "luna"
[[agents]]
id = "cakes"
name = "Cake Orders"
template = "sales-assistant"
"""


def test_a_whole_profile_is_read() -> None:
    profile = parse(WHOLE, "site.toml")
    assert profile.model == "office/large"
    assert profile.gateway.port == 19000
    assert [agent.id for agent in profile.agents] == ["luna", "cakes"]
    assert profile.provider is not None
    assert profile.provider.provider_id == "office"


def test_an_empty_profile_is_one_too() -> None:
    profile = parse(b"", "site.toml")
    assert profile.model == ""
    assert profile.agents == ()


def test_the_first_model_is_the_default_when_none_is_named() -> None:
    assert parse(WHOLE.replace(b'default_model = "office/large"', b""), "site.toml").model == "office/small"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[gateway]\nprot = 1\n", "gateway.prot is not a key of a profile (did you mean port?)"),
        (b"[gateway]\nport = 70000\n", "gateway.port"),
        (b"[busines]\nname = 'x'\n", "did you mean business?"),
        (b"[[agents]]\nid = 'luna'\n[[agents]]\nid = 'luna'\n", "two agents are called luna"),
        (b"[[agents]]\nname = 'Luna'\n", "agents.0.id"),
        (b"[[agents]]\nid = 'Luna Moon'\n", "Luna Moon"),
        (b"[[agents]]\nid = 'x'\ntemplate = 'barista'\n", "barista"),
        (b"default_model = 'gpt'\n", "provider/model"),
        (b"[provider]\nkind = 'gpt'\n", "gpt"),
        (b"[business]\ntimezone = 'Europe/Rosa'\n", "Europe/Rosa"),
        (b"[engine]\nversion = '2020.1.1'\n", "2020.1.1"),
        (b"[gateway\n", "is not a profile"),
        (b"\xff\xfe", "is not a profile"),
    ],
)
def test_what_it_cannot_say_is_named(text: bytes, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(text, "site.toml")
    assert words in caught.value.message
    assert "site.toml" in caught.value.message


@pytest.mark.parametrize(
    "key", ["sk-planted-0123456789abcdef", "OPENAI_API_KEY", "env:lower_key", "file:relative"]
)
def test_a_key_in_the_file_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(f'[provider]\nkind = "openai"\nkey = "{key}"\n'.encode(), "site.toml")
    assert caught.value.code == "secret-inline"
    assert key not in caught.value.message


@pytest.mark.parametrize("name", ["HOME", "PATH", "LD_PRELOAD", "MONKEY"])
def test_a_variable_that_is_no_key_is_refused(name: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(f'[provider]\nkind = "openai"\nkey = "env:{name}"\n'.encode(), "site.toml")
    assert caught.value.code == "secret-variable"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load(tmp_path / "none.toml")
    with pytest.raises(Usage):
        load(tmp_path)
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * (SIZE_LIMIT + 1))
    with pytest.raises(LunaError) as caught:
        load(large)
    assert caught.value.code == "profile-too-large"
