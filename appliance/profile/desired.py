"""What a profile wants, compared with what the box has: the steps that close the gap, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from appliance.agents.catalog import TEMPLATE_IDS
from appliance.agents.catalog import template as find_template
from appliance.agents.models import AgentSpec
from appliance.agents.roster import model_of, roster
from appliance.providers.address import clean_base_url
from appliance.providers.catalog import kind_named
from appliance.providers.config import default_model_edits, provider_edits, value_at
from appliance.providers.listing import list_providers
from appliance.providers.models import ModelRow, ProviderSettings
from appliance.providers.slots import slot_in_use, slots
from appliance.store.edits import MISSING

if TYPE_CHECKING:
    from appliance.places import Places
    from appliance.profile.models import AgentPart, Profile, ProviderPart
    from appliance.providers.catalog import Api

FIRST_AGENT = "luna"

Config = dict[str, object]


@dataclass(frozen=True)
class Observed:
    """What the box has, as far as a profile speaks of it."""

    config: Config
    """The value of openclaw.json; empty when there is none."""
    engine: str
    """Release of the engine in use; empty when there is none that serves."""
    gateway_runs: bool
    business: Mapping[str, str]
    """The business profile the staff were last made for."""
    untested: frozenset[str] = frozenset()
    """Providers that were saved and never passed OpenClaw's own test."""


@dataclass(frozen=True)
class Step:
    """One ordinary operation that brings the box closer to the profile."""

    operation: str
    """`area.verb`."""
    params: Mapping[str, Any]
    target: str
    summary: str
    applies: str = "now"
    needs_key: str = field(default="", repr=False)
    """A reference to the key it needs (`env:NAME`, `file:PATH`, `stdin`)."""


def steps(profile: Profile, seen: Observed, places: Places) -> tuple[Step, ...]:
    """Everything that is still missing; empty when the box is as the profile says."""
    return (
        *_engine_steps(profile, seen),
        *(settings := _gateway_settings(profile, seen)),
        *_business_steps(profile, seen),
        *_agent_steps(profile, seen, places),
        *_start_steps(profile, seen, touched=bool(settings)),
        *(provider := _provider_steps(profile, seen)),
        *(() if provider and _comes_with_provider(profile) else _model_steps(profile, seen)),
        *_finish_steps(seen),
    )


def agent_spec(part: AgentPart) -> AgentSpec:
    """An agent of a profile as the agents area wants it; a template's own id needs no `template`."""
    known = part.template or (part.id if part.id in TEMPLATE_IDS else "")
    name = part.name or (find_template(known).name if known else part.id)
    return AgentSpec(
        id=part.id,
        name=name,
        template=known or None,
        description=part.description,
        model=part.model or None,
        protected=part.protected or part.id == FIRST_AGENT,
    )


def gateway_wishes(profile: Profile) -> dict[tuple[str, ...], object]:
    """The settings under `gateway` and `discovery` that a profile decides; the token is not one of them."""
    return {
        ("gateway", "mode"): "local",
        ("gateway", "port"): profile.gateway.port,
        ("gateway", "bind"): "loopback",
        ("gateway", "auth", "mode"): "token",
        ("discovery", "mdns", "mode"): "minimal" if profile.gateway.announce else "off",
    }


def provider_settings(part: ProviderPart, config: Config) -> ProviderSettings:
    """A profile's provider as the providers area wants it; models it leaves out stay as they are."""
    rows = tuple(ModelRow(name) for name in part.models)
    if not rows:
        there = value_at(config, ("models", "providers", part.provider_id, "models"))
        found = there if isinstance(there, list) else []
        rows = tuple(ModelRow(str(row["id"])) for row in found if isinstance(row, dict) and "id" in row)
    kind = kind_named(part.kind)
    keys = {item.id: item.key.kind for item in list_providers(config)}
    in_vault = keys.get(part.provider_id) == "vault"
    return ProviderSettings(
        part.provider_id,
        kind.id,
        _address(part, kind.api, config),
        rows,
        (slot_in_use(config, part.provider_id) or slots(part.provider_id)[0])
        if part.key and not in_vault
        else "",
    )


def _address(part: ProviderPart, api: Api, config: Config) -> str:
    """The address as it was saved: cleaned, and with the `/v1` that the test found to be missing."""
    if not part.base_url:
        return ""
    wanted = clean_base_url(part.base_url, api)
    there = value_at(config, ("models", "providers", part.provider_id, "baseUrl"))
    return f"{wanted}/v1" if there == f"{wanted}/v1" else wanted


def _engine_steps(profile: Profile, seen: Observed) -> tuple[Step, ...]:
    if seen.engine:
        return ()
    return (Step("engine.install", {}, "engine", f"install OpenClaw {profile.engine.version}"),)


def _gateway_settings(profile: Profile, seen: Observed) -> tuple[Step, ...]:
    wrong = [
        path for path, wanted in gateway_wishes(profile).items() if value_at(seen.config, path) != wanted
    ]
    if value_at(seen.config, ("gateway", "auth", "token")) is MISSING:
        wrong.append(("gateway", "auth", "token"))
    if not wrong:
        return ()
    params = {"port": profile.gateway.port, "announce": profile.gateway.announce}
    names = ", ".join(".".join(path) for path in wrong)
    return (Step("gateway.configure", params, "openclaw.json", f"set {names}", "after restart"),)


def _business_steps(profile: Profile, seen: Observed) -> tuple[Step, ...]:
    wanted = profile.business.model_dump()
    if dict(seen.business) == wanted or (not seen.business and not any(wanted.values())):
        return ()
    return (
        Step(
            "settings.business", wanted, "business", f"remember what {wanted['name'] or 'the business'} does"
        ),
    )


def _agent_steps(profile: Profile, seen: Observed, places: Places) -> tuple[Step, ...]:
    there = roster(seen.config, places)
    found: list[Step] = []
    for part in profile.agents:
        spec = agent_spec(part)
        if spec.id not in there:
            params = {
                "name": spec.name,
                "id": spec.id,
                "template": spec.template or "",
                "description": spec.description,
                "model": spec.model or "",
                "protected": spec.protected,
            }
            found.append(Step("agents.create", params, f"agent {spec.id}", f"create “{spec.name}”"))
            continue
        if changes := _agent_changes(part, there[spec.id], seen.config):
            words = ", ".join(f"{key}: {value}" for key, value in changes.items())
            found.append(Step("agents.update", {"agent": spec.id, **changes}, f"agent {spec.id}", words))
    return tuple(found)


def _agent_changes(part: AgentPart, entry: Mapping[str, object], config: Config) -> dict[str, str]:
    """What the profile says of an agent and its entry does not; what it leaves out stays."""
    model, inherited = model_of(config, entry)
    own_model = "" if inherited else model
    wanted = {"name": part.name, "description": part.description, "model": part.model}
    current = {"name": entry.get("name"), "description": entry.get("description"), "model": own_model}
    return {key: value for key, value in wanted.items() if value and current[key] != value}


def _start_steps(profile: Profile, seen: Observed, *, touched: bool) -> tuple[Step, ...]:
    """A running Gateway takes new settings by itself, but a new port only as a new process (2026.9.6)."""
    if not seen.gateway_runs:
        return (Step("gateway.start", {}, "gateway", "start"),)
    port = profile.gateway.port
    if value_at(seen.config, ("gateway", "port")) != port:
        return (Step("gateway.restart", {}, "gateway", f"restart on port {port}"),)
    return (Step("gateway.start", {}, "gateway", "wait for its new settings"),) if touched else ()


def _provider_steps(profile: Profile, seen: Observed) -> tuple[Step, ...]:
    part = profile.provider
    if part is None:
        return ()
    settings = provider_settings(part, seen.config)
    there = value_at(seen.config, ("models", "providers", settings.id)) is not MISSING
    edits = provider_edits(seen.config, settings)
    if there and not edits and settings.id not in seen.untested:
        return ()
    params = {
        "kind": part.kind,
        "id": part.provider_id,
        "base_url": part.base_url,
        "model": tuple(part.models),
        "default": _comes_with_provider(profile),
    }
    words = ("change" if edits else "test, which was cut off") if there else "add"
    return (Step("providers.add", params, f"provider {settings.id}", words, needs_key=part.key),)


def _comes_with_provider(profile: Profile) -> bool:
    """Adding the provider makes its first model the default, and that is the one wanted."""
    part = profile.provider
    return part is not None and bool(part.models) and profile.model == f"{part.provider_id}/{part.models[0]}"


def _model_steps(profile: Profile, seen: Observed) -> tuple[Step, ...]:
    if not profile.model or not default_model_edits(seen.config, profile.model):
        return ()
    return (Step("providers.set", {"model": profile.model}, "default model", profile.model),)


def _finish_steps(seen: Observed) -> tuple[Step, ...]:
    if value_at(seen.config, ("wizard", "lastRunAt")) is not MISSING:
        return ()
    return (Step("setup.finish", {}, "openclaw.json", "note that the box is set up"),)
