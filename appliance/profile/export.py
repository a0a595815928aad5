"""The box as a profile: what another box needs to become like this one. No key, only where to put one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.agents.catalog import TEMPLATE_IDS, template
from appliance.agents.listing import list_agents
from appliance.engine.release import PINNED
from appliance.profile.business import read_business
from appliance.providers.listing import default_model, list_providers
from appliance.store.edits import lookup

if TYPE_CHECKING:
    from appliance.places import Places

_WITHOUT_KEY = ("none", "marker")


def export_profile(config: dict[str, object], places: Places) -> str:
    """TOML text that `profiles apply` accepts."""
    import tomlkit

    document = tomlkit.document()
    document.add(
        tomlkit.comment("An appliance as lunatui found it. Apply it with: lunatui profiles apply FILE")
    )
    if model := default_model(config):
        document["default_model"] = model
    document["engine"] = {"version": PINNED}
    document["gateway"] = _gateway(config)
    if business := read_business(places):
        document["business"] = {key: value for key, value in business.__dict__.items() if value}
    if provider := _provider(config):
        document["provider"] = provider
    agents = tomlkit.aot()
    for row in _agents(config, places):
        agents.append(tomlkit.item(row))
    document["agents"] = agents
    return tomlkit.dumps(document)


def _gateway(config: dict[str, object]) -> dict[str, Any]:
    port = lookup(config, ("gateway", "port"))
    section: dict[str, Any] = {"port": port} if isinstance(port, int) else {}
    if lookup(config, ("discovery", "mdns", "mode")) != "off":
        section["announce"] = True
    return section


def _provider(config: dict[str, object]) -> dict[str, Any]:
    """The default model's provider; a profile has one."""
    there = list_providers(config)
    found = next((item for item in there if item.is_default), there[0] if there else None)
    if found is None:
        return {}
    section: dict[str, Any] = {"kind": found.kind}
    if found.id != found.kind:
        section["id"] = found.id
    if found.base_url:
        section["base_url"] = found.base_url
    if found.models:
        section["models"] = list(found.models)
    if found.key.kind not in _WITHOUT_KEY:
        section["key"] = f"env:{found.id.upper().replace('-', '_')}_API_KEY"
    return section


def _agents(config: dict[str, object], places: Places) -> list[dict[str, Any]]:
    rows = []
    for agent in list_agents(config, places):
        row: dict[str, Any] = {"id": agent.id, "name": agent.name}
        if agent.template and agent.template != agent.id:
            row["template"] = agent.template
        if agent.role and agent.role != _template_role(agent.template):
            row["description"] = agent.role
        if not agent.model_inherited:
            row["model"] = agent.model
        if agent.protected:
            row["protected"] = True
        rows.append(row)
    return rows


def _template_role(template_id: str) -> str:
    return template(template_id).role if template_id in TEMPLATE_IDS else ""
