"""Where the gateway is and with which secret: OpenClaw's order of precedence, words for what is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import Refused, Usage
from appliance.gateway.endpoint import Endpoint, is_loopback, locate, parse_url
from appliance.gateway.faults import GatewayRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def config(**gateway: Any) -> dict[str, Any]:
    return {"gateway": {"mode": "local", **gateway}}


def found(value: Mapping[str, Any] | None, state_dir: Path, **env: str) -> tuple[str, str, str]:
    endpoint = locate(value, env, state_dir)
    return endpoint.secret, endpoint.secret_source, endpoint.secret_problem


def test_nothing_configured_is_the_default_port_without_a_secret(tmp_path: Path) -> None:
    assert locate(None, {}, tmp_path) == Endpoint("ws://127.0.0.1:18789", "127.0.0.1", 18789)


def test_the_port_of_the_environment_wins(tmp_path: Path) -> None:
    assert locate(config(port=20001), {}, tmp_path).port == 20001
    assert locate(config(port=20001), {"OPENCLAW_GATEWAY_PORT": "20002"}, tmp_path).port == 20002


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80a", "٣", "1e3"])
def test_a_port_that_is_none_is_wrong_usage(tmp_path: Path, port: str) -> None:
    with pytest.raises(Usage):
        locate(None, {"OPENCLAW_GATEWAY_PORT": port}, tmp_path)


def test_the_token_of_the_config_wins_over_the_environment(tmp_path: Path) -> None:
    value = config(auth={"mode": "token", "token": "cfg"}, remote={"token": "rem"})
    assert found(value, tmp_path, OPENCLAW_GATEWAY_TOKEN="env") == ("cfg", "openclaw.json", "")


def test_the_environment_wins_over_the_remote_token(tmp_path: Path) -> None:
    value = config(remote={"token": "rem"})
    assert found(value, tmp_path, OPENCLAW_GATEWAY_TOKEN="env") == ("env", "OPENCLAW_GATEWAY_TOKEN", "")
    assert found(value, tmp_path) == ("rem", "openclaw.json", "")


def test_a_remote_gateway_has_its_own_address_and_token(tmp_path: Path) -> None:
    remote = {"mode": "remote", "remote": {"url": "wss://box.example:8443", "token": "rem"}}
    endpoint = locate({"gateway": {**remote, "auth": {"token": "cfg"}}}, {}, tmp_path)
    assert (endpoint.url, endpoint.secret, endpoint.is_loopback) == ("wss://box.example:8443", "rem", False)


def test_a_given_address_never_gets_the_token_of_the_config(tmp_path: Path) -> None:
    value = config(auth={"token": "cfg"})
    env = {"OPENCLAW_GATEWAY_TOKEN": "env"}
    assert locate(value, env, tmp_path, url="ws://127.0.0.1:9").secret == ""
    assert locate(value, env, tmp_path, url="ws://127.0.0.1:9", token="mine").secret == "mine"
    assert locate(value, {**env, "OPENCLAW_GATEWAY_URL": "ws://127.0.0.1:9"}, tmp_path).secret == "env"


def test_a_password_gateway_shows_the_password(tmp_path: Path) -> None:
    endpoint = locate(config(auth={"mode": "password", "password": "pw", "token": "t"}), {}, tmp_path)
    assert (endpoint.secret, endpoint.secret_kind) == ("pw", "password")


def test_a_variable_is_taken_from_process_then_dotenv_then_config(tmp_path: Path) -> None:
    value = {**config(auth={"token": "${GW_TOKEN}"}), "env": {"vars": {"GW_TOKEN": "c"}}}
    assert found(value, tmp_path)[0] == "c"
    (tmp_path / ".env").write_text("# note\nexport GW_TOKEN='d e'\nOTHER=1\n")
    assert found(value, tmp_path)[0] == "d e"
    assert found(value, tmp_path, GW_TOKEN="p")[0] == "p"


def test_an_escaped_variable_is_literal(tmp_path: Path) -> None:
    assert found(config(auth={"token": "a$${GW}b"}), tmp_path)[0] == "a${GW}b"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("K=plain", "plain"),
        ("K = spaced ", "spaced"),
        ('K="quoted # not a note"', "quoted # not a note"),
        ("K=value # note", "value"),
        ("K=a=b", "a=b"),
        ("K=", ""),
    ],
)
def test_dotenv_lines(tmp_path: Path, line: str, value: str) -> None:
    (tmp_path / ".env").write_text(line + "\n")
    assert found(config(auth={"token": {"source": "env", "id": "K"}}), tmp_path)[0] == value


def test_a_missing_variable_is_named_and_nothing_else_is_tried(tmp_path: Path) -> None:
    value = config(auth={"token": "${GW_TOKEN}"})
    secret, _, problem = found(value, tmp_path, OPENCLAW_GATEWAY_TOKEN="env")
    assert secret == ""
    assert problem == "gateway.auth.token is taken from the variable GW_TOKEN, which is not set here."


def test_a_file_reference_is_followed(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("single\n")
    (tmp_path / "many").write_text(json.dumps({"gw": {"a/b": "deep"}}))
    providers = {
        "one": {"source": "file", "path": str(tmp_path / "one"), "mode": "singleValue"},
        "many": {"source": "file", "path": "~/many"},
    }
    for ref, secret in [
        ({"provider": "one", "id": "value"}, "single"),
        ({"provider": "many", "id": "/gw/a~1b"}, "deep"),
    ]:
        value = {**config(auth={"token": {"source": "file", **ref}}), "secrets": {"providers": providers}}
        assert found(value, tmp_path, HOME=str(tmp_path))[0] == secret


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ({"source": "file", "provider": "gone", "id": "value"}, "does not describe"),
        ({"source": "file", "provider": "lost", "id": "value"}, "No such file"),
        ({"source": "file", "provider": "empty", "id": "/a"}, "holds nothing at /a"),
        ({"source": "store", "provider": "default", "id": "GW"}, "only OpenClaw itself can read"),
        ({"source": "exec", "provider": "default", "id": "GW"}, "only OpenClaw itself can read"),
        ({"source": "env", "id": "GW_TOKEN"}, "GW_TOKEN, which is not set"),
    ],
)
def test_a_secret_that_cannot_be_read_is_refused_in_words(
    tmp_path: Path, ref: dict[str, str], words: str
) -> None:
    (tmp_path / "empty").write_text("{}")
    providers = {"lost": {"path": str(tmp_path / "lost")}, "empty": {"path": str(tmp_path / "empty")}}
    value = {**config(auth={"token": ref}), "secrets": {"providers": providers}}
    endpoint = locate(value, {}, tmp_path)
    assert words in endpoint.secret_problem
    with pytest.raises(GatewayRefused) as caught:
        endpoint.require_secret()
    assert caught.value.code == "gateway-unauthorized"


def test_an_endpoint_shows_its_secret_to_nobody(tmp_path: Path) -> None:
    assert "hidden" not in repr(locate(config(auth={"token": "hidden"}), {}, tmp_path))


@pytest.mark.parametrize("url", ["ws://192.168.1.5:18789", "ws://box.local", "ws://127.0.0.1.example.com:1"])
def test_another_machine_without_encryption_is_refused(url: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_url(url)
    assert caught.value.code == "gateway-not-encrypted"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://127.0.0.1",
        "ws://",
        "ws://a:b@127.0.0.1",
        "ws://127.0.0.1:99999",
        "ws://[::1",
        "127.0.0.1:1",
    ],
)
def test_what_is_no_address_is_wrong_usage(url: str) -> None:
    with pytest.raises(Usage):
        parse_url(url)


def test_addresses_with_their_default_ports() -> None:
    assert parse_url("ws://localhost") == ("localhost", 18789, "ws")
    assert parse_url("wss://box.example/") == ("box.example", 443, "wss")
    assert parse_url("ws://[::1]:5") == ("::1", 5, "ws")


def test_tls_of_the_local_gateway_is_kept(tmp_path: Path) -> None:
    assert locate(config(tls={"enabled": True}), {}, tmp_path).url == "wss://127.0.0.1:18789"


@pytest.mark.parametrize(
    ("host", "expected"), [("127.8.0.1", True), ("127.0.0.1.x", False), ("10.0.0.1", False)]
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
