"""What a provider said: to us before anything is saved, and to OpenClaw itself afterwards."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from appliance.errors import LunaError, Unreachable
from appliance.ops.core import Call, Event
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from appliance.api import Appliance
    from appliance.gateway.client import GatewayClient
    from appliance.providers.catalog import ProviderKind
    from appliance.providers.probe import ProbeResult

PROBE_SECONDS = 30.0
PATIENCE_SECONDS = 45.0
"""`models.probe` takes over 100 s on a 429 or 500, whatever time it is given."""
NO_TOOLS = (
    "This model was asked to use a tool and answered in words instead. "
    "As the brain of everybody it can talk, but not work."
)
"""What somebody has to agree to before such a model becomes the default."""
TELL_SECONDS = 5.0
_STATUS_WORDS = {
    "auth": ("the key was refused.", "Give it another key: lunatui providers add"),
    "rate_limit": ("the provider asks to wait.", "Try again in a minute."),
    "no_key": ("OpenClaw has no key for it.", "Give it one: lunatui providers update ID --key-stdin"),
    "billing": ("the account has no credit left.", "Look at the account at the provider."),
    "still_trying": ("it did not answer in time.", "Check the address and the network."),
    "timeout": ("it did not answer in time.", "Check the address and the network."),
    "format": ("it answered in a form OpenClaw does not understand.", "Check the kind and the address."),
    "no_model": ("no model of it is configured.", "Name one with --model."),
}


@dataclass(frozen=True)
class ProviderStep:
    """One part of a test."""

    name: str
    """`reach`, `auth`, `completion`, `tool`, `context`, or `openclaw` for OpenClaw's own test."""
    state: str
    """`ok`, `warning`, `failed` or `skipped`."""
    milliseconds: int = 0
    detail: str = ""
    hint: str = ""
    code: str = ""


async def probe_through_openclaw(
    box: Appliance,
    client: GatewayClient,
    provider: str,
    *,
    call: Call | None = None,
    patience: float = PATIENCE_SECONDS,
) -> ProviderStep:
    """One tiny completion by OpenClaw itself (`models.probe`), in the name of the default agent.

    With several agents and none named, the Gateway refuses (“model auth has no explicit owner”).
    `call` is told every few seconds that it still tries; after `patience` seconds it is left to it.
    """
    from appliance.agents.roster import default_agent
    from appliance.gateway.calls import models_probe

    agent = default_agent(box.config.read().value, box.places) or None
    try:
        async with asyncio.timeout(patience), _telling(call, provider):
            answer = await models_probe(client, provider, seconds=PROBE_SECONDS, agent_id=agent)
    except TimeoutError:
        return _failed_step("still_trying", "")
    if answer.status == "unknown" and any("could not be resolved" in tried.error for tried in answer.results):
        return _failed_step("no_key", "")
    if answer.status == "ok":
        return ProviderStep("openclaw", "ok", answer.latency_ms or 0)
    return _failed_step(answer.status, answer.error)


@asynccontextmanager
async def _telling(call: Call | None, provider: str) -> AsyncIterator[None]:
    """Say every few seconds that OpenClaw still tries, for as long as the `with` lasts."""

    loop = asyncio.get_running_loop()

    timers: list[asyncio.TimerHandle] = []

    def tell() -> None:
        if call is not None and timers:
            call.emit(Event("progress", f"OpenClaw is still trying to reach {provider}…"))
        timers[:] = [loop.call_later(TELL_SECONDS, tell)]

    tell()
    try:
        yield
    finally:
        timers.pop().cancel()


def _failed_step(status: str, error: str) -> ProviderStep:
    """A provider that only asks to wait keeps what was saved; every other answer is a failure."""
    words, hint = _STATUS_WORDS.get(status, (error or "it did not work.", ""))
    state = "warning" if status == "rate_limit" else "failed"
    return ProviderStep(
        "openclaw", state, 0, f"Tested by OpenClaw: {words}", hint, status.replace("_", "-") or "unknown"
    )


async def try_directly(
    kind: ProviderKind,
    base_url: str,
    key: str,
    models: tuple[str, ...],
    call: Call,
    has_stored_key: bool,
    anyway: bool = False,
) -> tuple[tuple[ProviderStep, ...], ProbeResult | None]:
    """Our own test; without the key in hand (it is in OpenClaw's store) only OpenClaw can test.

    `anyway`: a failure is told in the steps and the result, and not raised.

    Raises:
        Unreachable: `provider-…`, nobody is there.
        LunaError: `provider-…`, it does not do what it must.
    """
    from appliance.providers.probe import ProbeTarget, probe

    if not key and has_stored_key:
        return (), None
    where = base_url or kind.base_url
    call.emit(Event("progress", f"Asking {kind.title} to answer and to use a tool…"))
    model = models[0] if models else kind.default_model
    result = await probe(ProbeTarget(where, kind.api, key, model))
    steps = as_steps(result)
    trouble = result.trouble
    if trouble is not None and not anyway:
        error = Unreachable if trouble.name == "reach" else LunaError
        raise error(
            f"{kind.title}: {trouble.cause}",
            hint=trouble.hint,
            code=f"provider-{trouble.code}",
            facts={"brain": kind.title},
        )
    return steps, result


def as_steps(result: ProbeResult) -> tuple[ProviderStep, ...]:
    """The parts of our own test as operations tell of them."""
    return tuple(
        ProviderStep(step.name, step.state, step.milliseconds, step.cause, step.hint, step.code)
        for step in result.steps
    )


async def require_gateway(box: Appliance) -> None:
    """Make sure that somebody is there to store a key.

    Raises:
        Unreachable: the Gateway does not answer.
    """
    from appliance.gateway.probe import probe

    seen = await asyncio.to_thread(probe, box.endpoint())
    if not seen.ready:
        raise Unreachable(
            f"The key goes into OpenClaw's secret store, and the Gateway does not answer: {seen.problem}.",
            hint="lunatui gateway start",
        )
