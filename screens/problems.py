"""An error in the owner's words: the one place that turns a code into a sentence and a next step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from string import Template
from typing import TYPE_CHECKING, Protocol

from appliance.errors import LunaError
from appliance.text import safe_line
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from screens.words import Words


class Trouble(Protocol):
    """What is told: an error, or what the look at the shop found."""

    @property
    def code(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Problem:
    """One thing that went wrong, as an owner reads it."""

    text: str
    next: str = ""
    """What a person can do about it; empty where the screen itself offers the way out."""

    def __str__(self) -> str:
        return f"{self.text} {self.next}".rstrip()


@dataclass(frozen=True)
class Seen:
    """A code alone, where no error was raised."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


LIKE = {
    "agent-id": "agent-name",
    "answer-size": "gateway-failed",
    "audit-busy": "audit-unavailable",
    "chat-rate-limit": "provider-rate-limit",
    "chat-timeout": "agent-silent",
    "chat-unknown": "chat-failed",
    "config-file": "config-folder",
    "config-include": "config-syntax",
    "config-included": "config-managed",
    "config-moved": "config-changed",
    "config-path": "setting-missing",
    "config-redacted": "config-shrinks",
    "config-too-large": "config-syntax",
    "demo-home-left": "file-error",
    "engine-manifest": "engine-broken",
    "gateway-answer": "gateway-failed",
    "gateway-conflict": "gateway-stale",
    "gateway-invalid-config": "gateway-refuses-config",
    "gateway-no-handshake": "gateway-slow-start",
    "gateway-no-port": "gateway-slow-start",
    "gateway-no-process": "gateway-slow-start",
    "gateway-no-ready": "gateway-slow-start",
    "gateway-no-version": "gateway-slow-start",
    "gateway-not-ours": "not-ours",
    "gateway-pairing": "gateway-unauthorized",
    "gateway-params": "gateway-unsupported",
    "gateway-protocol": "gateway-unsupported",
    "gateway-suspended": "gateway-busy",
    "gateway-throttled": "gateway-busy",
    "idempotency-key-broken": "already-asked",
    "idempotency-key-busy": "already-asked",
    "idempotency-key-reused": "already-asked",
    "identity-damaged": "gateway-unauthorized",
    "journal-damaged": "file-error",
    "journal-order": "bug",
    "other-disk": "file-error",
    "practice-not-loopback": "refused",
    "profile-missing": "profile-invalid",
    "profile-syntax": "profile-invalid",
    "profile-too-large": "profile-invalid",
    "profile-unreadable": "profile-invalid",
    "provider-auth": "provider-wrong-key",
    "provider-billing": "provider-no-credit",
    "provider-connect-timeout": "provider-refused",
    "provider-format": "provider-protocol",
    "provider-id": "agent-name",
    "provider-key-missing": "key-missing",
    "provider-model-not-found": "provider-no-model",
    "provider-not-json": "provider-wrong-path",
    "provider-provider-down": "provider-down",
    "provider-provider-error": "provider-error",
    "provider-provider-timeout": "provider-timeout",
    "provider-redirect": "provider-wrong-path",
    "provider-too-large": "provider-protocol",
    "provider-tool-not-called": "provider-no-tools",
    "provider-unexpected-status": "provider-wrong-path",
    "secret-file-open": "secret-inline",
    "secret-in-argument": "secret-inline",
    "secret-length": "secret-name",
    "secret-variable": "secret-inline",
    "secrets-question": "secrets-for-openclaw",
    "secrets-to-terminal": "secrets-for-openclaw",
    "service-busy": "busy",
    "service-damaged": "start-failed",
    "service-not-installed": "not-started",
    "service-start-failed": "start-failed",
    "service-stop-failed": "stop-failed",
    "unknown-risk": "refused",
    "unknown-verb": "usage",
    "danger-needs-a-person": "needs-a-person",
    "default-change": "needs-a-person",
    "default-danger": "needs-a-person",
    "vault-gone": "vault-missing",
    "vault-key-file": "vault-locked",
    "vault-parameters": "vault-tampered",
    "vault-there": "vault-changed",
    "vault-ways": "vault-last-way",
    "workspace-nested": "workspace-odd",
}
"""Codes that mean the same to an owner as another one."""


def problem_of(words: Words, error: Trouble, place: str = "") -> Problem:
    """The sentence and the next step; `place`: where it is said, which may have words of its own."""
    facts = {name: safe_line(value) for name, value in error.facts.items() if value}
    for code in _codes(error):
        if text := _text(words, code, place, facts):
            return Problem(text, _first(words, _keys("next", code, place)))
    raise KeyError(error.code)


def sentence(words: Words, code: str) -> str:
    """What a code alone means: a step that is worth a look, where nothing failed."""
    return problem_of(words, Seen(code)).text


def unforeseen(bug: BaseException) -> LunaError:
    """A bug of ours as an error: only its kind, for what it says may hold anything."""
    return LunaError(f"This is a bug in lunatui ({type(bug).__name__}).", code="bug")


def has_words(words: Words, code: str) -> bool:
    """Whether this very code, or one that it is like, has a sentence."""
    return f"problem.text.{code}" in words or f"problem.text.{LIKE.get(code, '')}" in words


def _codes(error: Trouble) -> Iterator[str]:
    """From the narrowest to the widest: the code in its class, the code, what it is like, its classes."""
    classes = [kind.__dict__["code"] for kind in type(error).__mro__ if "code" in kind.__dict__]
    known = [code for code in classes if isinstance(code, str) and code]
    yield from (f"{wider}.{error.code}" for wider in known)
    yield error.code
    if error.code in LIKE:
        yield LIKE[error.code]
    yield from known
    yield "failed"


def _keys(kind: str, code: str, place: str) -> tuple[str, ...]:
    general = f"problem.{kind}.{code}"
    return (f"problem.at.{place}.{kind}.{code}", general) if place else (general,)


def _text(words: Words, code: str, place: str, facts: Mapping[str, str]) -> str:
    known = f"problem.known.{code}"
    if known in words:
        sentence = words.raw(known)
        if set(Template(sentence).get_identifiers()) <= facts.keys():
            return Template(sentence).substitute(facts)
    return _first(words, _keys("text", code, place))


def _first(words: Words, keys: tuple[str, ...]) -> str:
    return next((words(key) for key in keys if key in words), "")
