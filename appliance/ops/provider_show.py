"""`providers.show`: one brain in full: its models, where its key is, its last test, and who uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.core import Call, Operation, Risk, param
from appliance.providers.trials import Trial, last_trial
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.providers.models import Provider, Reference


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
    tested: Trial | None = None
    """Its last real test; None when there was none."""


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


@dataclass(frozen=True)
class OneProvider:
    """Which provider."""

    provider: str = param("Its id; providers list shows them.", positional=True)


@dataclass(frozen=True)
class ProviderModel:
    """A model as the entry of its provider has it."""

    id: str
    name: str
    context_window: int | None = None
    """Tokens; None when the entry does not say."""
    max_tokens: int | None = None
    """Longest answer in tokens; None when the entry does not say."""


@dataclass(frozen=True)
class Use:
    """A setting that names one of its models."""

    setting: str
    """Path in the configuration."""
    model: str
    """`provider/model`."""
    agent: str
    """Whose it is; empty for a setting of all."""


@dataclass(frozen=True)
class ProviderDetail:
    """One provider in full."""

    provider: ProviderRow
    kind: str
    """`openai`, …; `custom` for an address of the owner's own."""
    api: str
    """Which language it speaks."""
    models: tuple[ProviderModel, ...]
    used_by: tuple[Use, ...]
    default_model: str
    """The default model of the box, when it is one of this provider."""
    untested: bool
    """It was saved and has not passed OpenClaw's own test since."""


async def show(box: Appliance, params: OneProvider, _call: Call) -> ProviderDetail:
    """One provider, from the file.

    Raises:
        NotFound: `provider-unknown`.
    """
    from appliance.providers.listing import model_rows, references, require_provider
    from appliance.providers.trials import untested

    value = box.config.read().value
    provider = require_provider(value, params.provider)
    return ProviderDetail(
        row_of(box, provider),
        provider.kind,
        provider.api,
        tuple(
            ProviderModel(row.id, row.name, row.context_window, row.max_tokens)
            for row in model_rows(value, provider.id)
        ),
        tuple(map(use_of, references(value, provider.id))),
        f"{provider.id}/{provider.default_model}" if provider.is_default else "",
        provider.id in untested(box.places),
    )


def use_of(item: Reference) -> Use:
    """A reference as a result has it."""
    return Use(".".join(item.path), item.model, item.agent)


def row_of(box: Appliance, item: Provider) -> ProviderRow:
    """A provider as the list has it."""
    return ProviderRow(
        item.id,
        item.title,
        item.base_url,
        item.models,
        _KEY_WORDS[item.key.kind].format(name=item.key.name),
        item.is_default,
        item.key.kind,
        last_trial(box.places, item.id),
    )


SHOW = Operation(
    "providers.show",
    "One brain in full: models, key, last test, who uses it",
    Risk.READ,
    OneProvider,
    ProviderDetail,
    run=show,
    local=True,
)
