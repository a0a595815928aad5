"""Our own test of a provider before anything is saved: reach it, sign in, one tiny answer, one tool call."""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal

from appliance.providers.catalog import Api
from appliance.providers.causes import CAUSES, Cause, cause_of_status
from appliance.providers.dialects import (
    Call,
    completion_call,
    headers_for,
    list_call,
    read_answer,
    read_models,
    read_ollama_context,
)
from appliance.providers.exchange import CONNECT_SECONDS, Exchange, exchange, open_client
from appliance.providers.models import ModelRow
from appliance.values import dataclass

if TYPE_CHECKING:
    import httpx

StepName = Literal["reach", "auth", "completion", "tool", "context"]
StepState = Literal["ok", "warning", "failed", "skipped"]

LEAST_CONTEXT = 16_000
"""Tokens; OpenClaw's own setup accepts no local model below 16K."""
LIST_SECONDS = 15.0
ANSWER_SECONDS = 60.0
_ROAD_SHARE = 0.4
"""How much of the time for the whole test may go by until a connection stands."""
_CLOCK_TOLERANCE = 300.0
_KEY_CODES = ("wrong-key", "key-missing", "clock")
_KEY_WAS_READ = (200, 400, 402, 403, 404, 422, 429)
"""Statuses that are only given to a key that was accepted."""
_ROAD_CODES = ("dns", "refused", "network", "connect-timeout", "tls", "tls-clock", "not-https", "proxy")


@dataclass(frozen=True)
class ProbeTarget:
    """What to test. The key is never shown by `repr`."""

    base_url: str
    api: Api
    key: str = field(default="", repr=False)
    model: str = ""
    """Empty: the first one the provider lists."""
    answer_seconds: float = ANSWER_SECONDS
    """How long the provider may take for an answer."""
    seconds: float = 0.0
    """For the whole test; 0 for no limit but those of its parts."""
    reach_only: bool = False
    """The key is out of reach: only look whether somebody is there, without it and without a question."""


@dataclass(frozen=True)
class ProbeStep:
    """The outcome of one part of the test."""

    name: StepName
    state: StepState
    milliseconds: int = 0
    code: str = ""
    """Of the cause, see `causes.CAUSES`; empty when all is well."""
    cause: str = ""
    hint: str = ""


@dataclass(frozen=True)
class ProbeResult:
    """The outcome of the whole test: `ok` when no step failed."""

    ok: bool
    steps: tuple[ProbeStep, ...]
    base_url: str
    """The address that worked: the one given, or the same with `/v1` where that was missing."""
    model: str = ""
    """The model that was asked."""
    models: tuple[ModelRow, ...] = ()
    """What the provider lists; empty when it keeps no list."""
    context_window: int | None = None
    """Tokens of the model asked; `None` when the provider does not say."""
    milliseconds: int = 0
    """The tiny answer took so long; 0 when there was none."""
    first_milliseconds: int = 0
    """Its first piece came after so long."""
    tools: bool | None = None
    """Whether the model called a tool; `None` when it was not asked to."""

    def step(self, name: StepName) -> ProbeStep | None:
        """The step of this name, if it was part of the test."""
        return next((step for step in self.steps if step.name == name), None)

    @property
    def trouble(self) -> ProbeStep | None:
        """The first step that failed."""
        return next((step for step in self.steps if step.state == "failed"), None)


async def probe(target: ProbeTarget) -> ProbeResult:
    """Test a provider over HTTP; raises nothing for what the network or the provider does."""
    connect = min(CONNECT_SECONDS, target.seconds * _ROAD_SHARE) if target.seconds else CONNECT_SECONDS
    async with open_client(connect) as client:
        return await _Probe(client, target).run()


class _Probe:
    """One test in progress."""

    def __init__(self, client: httpx.AsyncClient, target: ProbeTarget) -> None:
        self.client = client
        self.target = target
        self.steps: list[ProbeStep] = []
        self.models: tuple[ModelRow, ...] = ()
        self.context: int | None = None
        self.answer: Exchange | None = None
        self.tools: bool | None = None
        self.until = time.monotonic() + target.seconds if target.seconds else None

    async def run(self) -> ProbeResult:
        key = self.target.key
        if not (key.isascii() and (not key or key.isprintable())):
            self._add("auth", CAUSES["bad-key"], 0)
        elif await self._reached() and not self.target.reach_only:
            await self._ask()
        return self._result()

    async def _reached(self) -> bool:
        """The model list: says whether somebody is there, and often whether the key is right."""
        got = await self._send(list_call(self.target.api), LIST_SECONDS)
        rows = read_models(got.body) if got.status == 200 else None
        if rows is None and got.trouble is None and not self.target.base_url.endswith("/v1"):
            got, rows = await self._with_version(got)
        if got.trouble is not None and (not got.status or got.trouble.code in _ROAD_CODES):
            self._add("reach", got.trouble, got.milliseconds)
            return False
        self._add("reach", None, got.milliseconds)
        if self.target.reach_only:
            return True
        if got.status in (401, 403) and (cause := self._cause(got)).code in _KEY_CODES:
            self._add("auth", cause, got.milliseconds)
            return False
        self.models = rows or ()
        return True

    async def _with_version(self, first: Exchange) -> tuple[Exchange, tuple[ModelRow, ...] | None]:
        """Try the address again with the `/v1` that people forget; keep it only where it helps."""
        if self.target.api not in ("openai-completions", "openai-responses"):
            return first, None
        given, self.target = self.target, replace(self.target, base_url=f"{self.target.base_url}/v1")
        second = await self._send(list_call(self.target.api), LIST_SECONDS)
        rows = read_models(second.body) if second.status == 200 else None
        if rows is not None or (second.status == 401 and first.status != 401):
            return second, rows
        self.target = given
        return first, None

    async def _ask(self) -> None:
        model = self.target.model or (self.models[0].id if self.models else "")
        self.target = replace(self.target, model=model)
        if not model:
            self._add("completion", CAUSES["no-model"], 0)
            return
        await self._find_context()
        got = await self._complete(with_tool=False)
        cause = self._answer_cause(got)
        is_key = cause is not None and cause.code in _KEY_CODES
        if is_key or got.status in _KEY_WAS_READ:
            self._add("auth", cause if is_key else None, got.milliseconds)
        if is_key:
            return
        self._add("completion", cause, got.milliseconds)
        if cause is None:
            self.answer = got
            await self._try_tool()
            self._judge_context()

    async def _try_tool(self) -> None:
        got = await self._complete(with_tool=True)
        cause = self._answer_cause(got)
        reading = read_answer(self.target.api, got.body)
        if cause is not None and cause.code in ("bad-request", "provider-down", "model-not-found"):
            cause = CAUSES["no-tools"]
        self.tools = None if cause is not None and cause.code != "no-tools" else reading.called_tool
        if cause is None and not reading.called_tool:
            self._add("tool", CAUSES["tool-not-called"], got.milliseconds, state="warning")
        else:
            self._add("tool", cause, got.milliseconds)

    async def _find_context(self) -> None:
        listed = [row.context_window for row in self.models if row.id == self.target.model]
        self.context = listed[0] if listed else None
        if self.target.api == "ollama":
            got = await self._send(Call("/api/show", {"model": self.target.model}), LIST_SECONDS)
            self.context = read_ollama_context(got.body) if got.status == 200 else None

    def _judge_context(self) -> None:
        if self.context is not None:
            self._add("context", None if self.context >= LEAST_CONTEXT else CAUSES["small-context"], 0)

    async def _complete(self, *, with_tool: bool) -> Exchange:
        call = completion_call(self.target.api, self.target.model, with_tool=with_tool)
        return await self._send(call, self.target.answer_seconds)

    async def _send(self, call: Call, seconds: float) -> Exchange:
        url = f"{self.target.base_url.rstrip('/')}{call.path}"
        headers = headers_for(self.target.api, self.target.key)
        method = "GET" if call.body is None else "POST"
        if self.until is not None:
            seconds = max(0.01, min(seconds, self.until - time.monotonic()))
        return await exchange(self.client, method, url, headers, call.body, seconds=seconds)

    def _answer_cause(self, got: Exchange) -> Cause | None:
        if got.trouble is not None:
            return got.trouble
        if got.status != 200:
            return self._cause(got)
        reading = read_answer(self.target.api, got.body)
        if not reading.readable:
            return CAUSES["not-json"]
        if reading.failed:
            return CAUSES["provider-error"]
        return None if reading.finished else CAUSES["cut"]

    def _cause(self, got: Exchange) -> Cause:
        cause = cause_of_status(got.status, got.body)
        if cause.code == "wrong-key" and not self.target.key:
            return CAUSES["key-missing"]
        if cause.code == "wrong-key" and abs(got.clock_skew) > _CLOCK_TOLERANCE:
            return CAUSES["clock"]
        listed = {row.id for row in self.models}
        if got.status == 404 and (self.target.model in listed or b"model" not in got.body[:65_536]):
            return CAUSES["wrong-path"]
        return cause

    def _add(self, name: StepName, cause: Cause | None, spent: int, *, state: StepState = "failed") -> None:
        if cause is None:
            self.steps.append(ProbeStep(name, "ok", spent))
        else:
            self.steps.append(ProbeStep(name, state, spent, cause.code, cause.words, cause.hint))

    def _result(self) -> ProbeResult:
        order: tuple[StepName, ...] = ("reach", "auth", "completion", "tool")
        done = {step.name: step for step in self.steps}
        steps = [done.get(name, ProbeStep(name, "skipped")) for name in order]
        if "context" in done:
            steps.append(done["context"])
        return ProbeResult(
            ok=all(step.state in ("ok", "warning") for step in steps),
            steps=tuple(steps),
            base_url=self.target.base_url,
            model=self.target.model,
            models=self.models,
            context_window=self.context,
            milliseconds=self.answer.milliseconds if self.answer else 0,
            first_milliseconds=self.answer.first_milliseconds if self.answer else 0,
            tools=self.tools,
        )
