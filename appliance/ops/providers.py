"""`providers`: the brains. A key goes to OpenClaw's secret store, never into the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.agents.roster import default_agent
from appliance.errors import LunaError, NotFound
from appliance.ops.config_edit import Saved, prepare_edits
from appliance.ops.core import Call, Nothing, Operation, Prepared, Risk, param
from appliance.ops.provider_add import AddProvider, ProviderAdded, add
from appliance.ops.provider_trial import ProviderStep, probe_through_openclaw

if TYPE_CHECKING:
    from appliance.api import Appliance


@dataclass(frozen=True)
class TestProvider:
    """Which provider is tested."""

    __test__ = False

    provider: str = param("Its id; the default model's when left out.", default="", positional=True)


@dataclass(frozen=True)
class SetDefault:
    """Which model answers when an agent has none of its own."""

    model: str = param("provider/model.")


@dataclass(frozen=True)
class ProviderRow:
    """One provider as the configuration has it."""

    id: str
    title: str
    base_url: str
    models: tuple[str, ...]
    key: str
    """Where the key comes from: `OpenClaw's store`, `variable NAME`, `in clear`, …; never the key."""
    default: bool
    key_kind: str = ""
    """The same in one word: store, env, variable, file, exec, vault, clear, profile, marker, none."""


@dataclass(frozen=True)
class ProviderList:
    """All providers, and the default model."""

    default_model: str
    providers: tuple[ProviderRow, ...]


@dataclass(frozen=True)
class ProviderTest:
    """What OpenClaw's own test of a provider said."""

    __test__ = False

    provider: str
    ok: bool
    steps: tuple[ProviderStep, ...]


_KEY_WORDS = {
    "store": "OpenClaw's store",
    "env": "variable {name}",
    "variable": "variable {name}",
    "file": "file {name}",
    "exec": "program {name}",
    "vault": "lunatui's vault",
    "clear": "in clear in the configuration",
    "profile": "OpenClaw's login {name}",
    "marker": "none needed",
    "none": "none",
}


async def list_(box: Appliance, _params: Nothing, _call: Call) -> ProviderList:
    """All providers, from the file."""
    from appliance.providers.listing import default_model, list_providers

    value = box.config.read().value
    rows = (
        ProviderRow(
            item.id,
            item.title,
            item.base_url,
            item.models,
            _KEY_WORDS[item.key.kind].format(name=item.key.name),
            item.is_default,
            item.key.kind,
        )
        for item in list_providers(value)
    )
    return ProviderList(default_model(value), tuple(rows))


async def set_(box: Appliance, params: SetDefault, call: Call) -> Prepared[Saved]:
    """Check that the provider is there and knows the model.

    Raises:
        Usage: it is not written provider/model.
        NotFound: there is no such provider, or it does not list the model.
    """
    from appliance.providers.config import default_model_edits
    from appliance.providers.listing import require_model

    value = box.config.read().value
    edits = default_model_edits(value, params.model)
    require_model(value, params.model)
    return prepare_edits(
        box,
        edits,
        "providers.set",
        call,
        why=f"default model {params.model}",
    )


async def test(box: Appliance, params: TestProvider, _call: Call) -> ProviderTest:
    """Ask OpenClaw to reach the provider with what is configured.

    Raises:
        NotFound: there is no such provider.
        Unreachable: the Gateway does not answer.
        LunaError: `provider-…`, what OpenClaw says is wrong.
    """
    from appliance.gateway.calls import setup_verify
    from appliance.providers.listing import default_model, require_provider

    value = box.config.read().value
    default = default_model(value).partition("/")[0]
    provider = params.provider or default
    if not provider:
        raise NotFound(
            "No provider is the default yet, so none was tested.",
            hint="lunatui providers add sets one up; lunatui providers test ID tests a certain one.",
            code="provider-unknown",
        )
    require_provider(value, provider)
    async with box.gateway() as client:
        steps = [await probe_through_openclaw(box, client, provider)]
        if steps[0].state == "ok" and provider == default:
            # After a refused chat turn OpenClaw holds a provider back for a while; only this call says so.
            answer = await setup_verify(client, agent_id=default_agent(value, box.places) or None)
            state = "ok" if answer.ok else "failed"
            steps.append(
                ProviderStep("default model", state, answer.latency_ms or 0, answer.error, "", answer.status)
            )
    trouble = next((step for step in steps if step.state == "failed"), None)
    if trouble is not None:
        raise LunaError(
            f"{provider}: {trouble.detail}", hint=trouble.hint, code=f"provider-{trouble.code or 'failed'}"
        )
    return ProviderTest(provider, ok=True, steps=tuple(steps))


LIST = Operation(
    "providers.list",
    "The brains and the default model",
    Risk.READ,
    Nothing,
    ProviderList,
    run=list_,
    local=True,
)
ADD = Operation(
    "providers.add",
    "Add a brain or give it a new key; tested before and after it is saved",
    Risk.CHANGE,
    AddProvider,
    ProviderAdded,
    prepare=add,
)
SET = Operation(
    "providers.set", "Choose the default model", Risk.CHANGE, SetDefault, Saved, prepare=set_, local=True
)
TEST = Operation(
    "providers.test",
    "Ask a brain for a word, the way OpenClaw does",
    Risk.READ,
    TestProvider,
    ProviderTest,
    run=test,
)

OPERATIONS = (LIST, ADD, SET, TEST)
