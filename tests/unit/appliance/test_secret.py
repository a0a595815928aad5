"""A secret gives its text to `expose` and to nothing else."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass

import pytest
from pydantic import TypeAdapter

from appliance.ops.plain import digest, from_plain, to_plain
from appliance.secret import Secret

KEY = "sk-planted-0123456789"


@dataclass(frozen=True)
class Holder:
    name: str
    key: Secret


@pytest.fixture
def secret() -> Secret:
    return Secret(KEY)


def test_only_expose_gives_the_text(secret: Secret) -> None:
    with secret.expose() as text:
        assert text == KEY


def test_it_is_never_shown(secret: Secret) -> None:
    holder = Holder("a", secret)
    shown = [
        repr(secret), str(secret), f"{secret}", f"{secret:>40}", f"{secret!r}", ascii(secret), str(holder),
        repr([secret]), repr(holder), str({"k": secret}), repr(Exception(secret)), str(Exception(secret)),
    ]  # fmt: skip
    assert all("planted" not in text for text in shown)
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize(
    "leak",
    [
        pickle.dumps, copy.copy, copy.deepcopy, json.dumps, hash, bytes, iter, len,
        lambda secret: secret == Secret(KEY), lambda secret: secret != KEY, lambda secret: KEY in [secret],
        lambda secret: {secret}, lambda secret: secret < secret, lambda secret: json.dumps({"a": [secret]}),
        lambda secret: pickle.dumps(Holder("a", secret)), lambda secret: copy.deepcopy([secret]),
        lambda secret: Holder("a", secret) == Holder("a", Secret(KEY)), lambda secret: secret.__getstate__(),
        lambda secret: secret.__reduce_ex__(4), lambda secret: hash(Holder("a", secret)),
    ],
)  # fmt: skip
def test_it_is_neither_compared_nor_copied_nor_serialised(secret: Secret, leak: object) -> None:
    assert callable(leak)
    with pytest.raises(TypeError) as caught:
        leak(secret)
    assert "planted" not in str(caught.value)


def test_wiping_overwrites_it(secret: Secret) -> None:
    secret.wipe()
    with secret.expose() as text:
        assert text == "\0" * len(KEY)


def test_an_empty_one_is_false() -> None:
    assert Secret("x")
    assert not Secret("")


def test_a_fingerprint_depends_on_key_and_text_and_shows_neither(secret: Secret) -> None:
    shown = secret.fingerprint(b"k" * 32)
    assert shown == Secret(KEY).fingerprint(b"k" * 32)
    assert len({shown, secret.fingerprint(b"l" * 32), Secret(KEY + "0").fingerprint(b"k" * 32)}) == 3
    assert shown.startswith("fp:")
    assert len(shown) == 11


def test_plain_data_holds_its_fingerprint_only_where_there_is_a_key(secret: Secret) -> None:
    plain = to_plain(Holder("a", secret), secret_key=lambda: b"k" * 32)
    assert plain == {"name": "a", "key": secret.fingerprint(b"k" * 32)}
    with pytest.raises(TypeError, match="no place for a secret"):
        to_plain({"deep": [Holder("a", secret)]})
    other = to_plain(Holder("a", Secret("other")), secret_key=lambda: b"k" * 32)
    assert digest("notes.write", plain) != digest("notes.write", other)


def test_schema_and_validation(secret: Secret) -> None:
    adapter = TypeAdapter(Holder)
    schema = adapter.json_schema()["properties"]["key"]
    assert (schema["type"], schema["writeOnly"], schema["format"]) == ("string", True, "password")
    read = from_plain(Holder, {"name": "a", "key": KEY})
    with read.key.expose() as text:
        assert text == KEY
    with pytest.raises(Exception, match=r"(?i)serializ") as caught:
        adapter.dump_json(Holder("a", secret))
    assert "planted" not in str(caught.value)
