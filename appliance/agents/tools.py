"""Which tools an agent may use and why, by OpenClaw's rules: profile, then the common lists, then its own.

Held against `tools.effective` of the real Gateway 2026.9.6: a profile bounds what there is, `alsoAllow` adds
to it (the agent's own in place of the common one), each `deny` takes away, each `allow` with anything in it
lets nothing else through (docs/gateway/config-tools/tool-policy).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from appliance.agents.roster import Config, entry_of
from appliance.agents.tool_catalog import Tool
from appliance.store.edits import lookup
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.agents.tool_catalog import Catalog
    from appliance.places import Places

State = Literal["allow", "ask", "never"]
ASKS = "exec"
"""The only tool for which OpenClaw asks a person (`tools.exec.mode`)."""
FULL = "full"
_ASKING = frozenset({"ask", "allowlist", "auto"})
_OWN, _COMMON = "agent", "everybody"


@dataclass(frozen=True)
class Effect:
    """Whether an agent may use one tool, and what decides it."""

    tool: Tool
    state: State
    reason: str
    """For `allow`: `profile`, `also`, `listed`, `open`; for `ask`: `asks`; for `never`: `denied`,
    `not-listed`, `not-in-profile`, `commands-off`.
    """
    by: str
    """Whose setting decides: `agent` or `everybody`."""
    path: str
    """The setting; empty where none is needed."""


@dataclass(frozen=True)
class Policy:
    """The settings that decide, of one agent and of everybody."""

    own: Config
    common: Config
    prefix: str
    """Path of the agent's own settings."""

    @property
    def profile(self) -> tuple[str, str]:
        """OpenClaw's profile, empty when none is set; and whose setting it is."""
        for settings, by in ((self.own, _OWN), (self.common, _COMMON)):
            if isinstance(found := settings.get("profile"), str):
                return found, by
        return "", _COMMON

    @property
    def also(self) -> tuple[tuple[str, ...], str]:
        """What is added to the profile, and whose setting it is."""
        by = _OWN if isinstance(self.own.get("alsoAllow"), list) else _COMMON
        return self.list_of(by, "alsoAllow"), by

    @property
    def exec_mode(self) -> tuple[str, str]:
        """How commands are let through, empty when nobody said so; and whose setting it is."""
        for settings, by in ((self.own, _OWN), (self.common, _COMMON)):
            mode, ask = lookup(settings, ("exec", "mode")), lookup(settings, ("exec", "ask"))
            if isinstance(mode, str):
                return mode, by
            if ask in ("on-miss", "always"):
                return "ask", by
        return "", _COMMON

    def list_of(self, by: str, key: str) -> tuple[str, ...]:
        """One of the lists, empty when it is not there."""
        found = (self.own if by == _OWN else self.common).get(key)
        return tuple(item for item in found if isinstance(item, str)) if isinstance(found, list) else ()

    def path(self, by: str, key: str) -> str:
        """Where a setting stands."""
        return f"{self.prefix}.{key}" if by == _OWN else f"tools.{key}"


def policy_of(config_value: Config, agent_id: str, places: Places) -> Policy:
    """The settings that decide over the tools of an agent.

    Raises:
        NotFound: `agent-unknown`.
    """
    own, common = entry_of(config_value, agent_id, places).get("tools"), config_value.get("tools")
    return Policy(
        own if isinstance(own, dict) else {},
        common if isinstance(common, dict) else {},
        f"agents.entries.{agent_id}.tools",
    )


def effects(policy: Policy, catalog: Catalog) -> tuple[Effect, ...]:
    """What holds for each tool, in the order of the catalog."""
    return tuple(effect(policy, catalog, tool) for tool in catalog.tools)


def effect(policy: Policy, catalog: Catalog, tool: Tool) -> Effect:
    """What holds for one tool."""
    refused = _refusal(policy, catalog, tool)
    if refused is not None:
        reason, by, key = refused
        return Effect(tool, "never", reason, by, policy.path(by, key))
    mode, by = policy.exec_mode
    if tool.id == ASKS and mode == "deny":
        return Effect(tool, "never", "commands-off", by, policy.path(by, "exec.mode"))
    if tool.id == ASKS and mode in _ASKING:
        return Effect(tool, "ask", "asks", by, policy.path(by, "exec.mode"))
    return _permission(policy, tool)


def _refusal(policy: Policy, catalog: Catalog, tool: Tool) -> tuple[str, str, str] | None:
    for by in (_OWN, _COMMON):
        if catalog.matches(tool.id, policy.list_of(by, "deny")):
            return "denied", by, "deny"
    for by in (_COMMON, _OWN):
        if _is_bounded(policy, by) and not _is_listed(catalog, tool, policy.list_of(by, "allow")):
            return "not-listed", by, "allow"
    profile, by = policy.profile
    also, _ = policy.also
    if profile not in ("", FULL, *tool.profiles) and not _is_listed(catalog, tool, also):
        return "not-in-profile", by, "profile"
    return None


def _permission(policy: Policy, tool: Tool) -> Effect:
    profile, by = policy.profile
    _, also_by = policy.also
    if profile not in ("", FULL, *tool.profiles):
        return Effect(tool, "allow", "also", also_by, policy.path(also_by, "alsoAllow"))
    for scope in (_OWN, _COMMON):
        if _is_bounded(policy, scope):
            return Effect(tool, "allow", "listed", scope, policy.path(scope, "allow"))
    if profile:
        return Effect(tool, "allow", "profile", by, policy.path(by, "profile"))
    return Effect(tool, "allow", "open", _COMMON, "")


def _is_bounded(policy: Policy, by: str) -> bool:
    return bool(policy.list_of(by, "allow"))


def _is_listed(catalog: Catalog, tool: Tool, entries: tuple[str, ...]) -> bool:
    """Patching counts as writing in a list of what is allowed, but not in one of what is denied."""
    listed = catalog.matches(tool.id, entries)
    return listed or (tool.id == "apply_patch" and catalog.matches("write", entries))
