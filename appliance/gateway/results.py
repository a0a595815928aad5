"""What typed calls answer: pydantic models that read wire names, ignore unknown fields and never change.

Only fields a caller shows or decides by are named, as OpenClaw 2026.9.6 sends them (gateway-core,
gateway-ops), with defaults where older releases do not. Never a field that carries configuration text.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Result(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class ConfigIssue(Result):
    """One problem the gateway found in the configuration."""

    path: str = ""
    message: str = ""


class ConfigState(Result):
    """`config.get` without any configuration text: what is saved, and whether it is in use."""

    path: str = ""
    exists: bool = False
    valid: bool = False
    hash: str = ""
    """Of the authored bytes: the `baseHash` of a write over RPC."""
    config_revision_hash: str = ""
    applied_config_hash: str = ""
    issues: tuple[ConfigIssue, ...] = ()
    warnings: tuple[ConfigIssue, ...] = ()

    @property
    def in_use(self) -> bool:
        """Whether the running gateway uses exactly what is saved."""
        return (
            self.valid
            and bool(self.applied_config_hash)
            and self.config_revision_hash == self.applied_config_hash
        )


class AgentIdentity(Result):
    """How an agent presents itself."""

    name: str = ""
    emoji: str = ""
    theme: str = ""


class AgentModel(Result):
    """Which models an agent uses."""

    primary: str = ""
    fallbacks: tuple[str, ...] = ()


class AgentRow(Result):
    """One agent of `agents.list`."""

    id: str
    name: str = ""
    workspace: str = ""
    identity: AgentIdentity = AgentIdentity()
    model: AgentModel | str | None = None
    default_permission_mode: str = ""
    created_via: str | None = None


class AgentsList(Result):
    """`agents.list`."""

    default_id: str = ""
    ownership: str = ""
    """`sole`, `explicit` or `legacy`."""
    agents: tuple[AgentRow, ...] = ()


class ModelRow(Result):
    """One model of `models.list`."""

    id: str
    name: str = ""
    provider: str = ""
    context_window: int | None = None
    available: bool = False
    """A credential exists; says nothing about whether it works."""
    reasoning: bool = False
    tags: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        """`provider/model`, as configs name it."""
        return f"{self.provider}/{self.id}"


class ModelsList(Result):
    """`models.list`."""

    models: tuple[ModelRow, ...] = ()
    pending_providers: tuple[str, ...] = ()
    """Still being asked; list again."""


class ProbeTry(Result):
    """One credential tried by `models.probe`."""

    label: str = ""
    status: str = "unknown"
    latency_ms: int | None = None
    error: str = ""


class ModelsProbe(Result):
    """`models.probe`: a real inference with what is configured."""

    provider: str = ""
    status: str = "unknown"
    """`ok auth rate_limit billing timeout format unknown no_model`."""
    latency_ms: int | None = None
    error: str = ""
    results: tuple[ProbeTry, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the provider answered."""
        return self.status == "ok"


class AuthProfile(Result):
    """One stored credential."""

    profile_id: str
    type: str = ""
    status: str = ""
    source: str = ""


class KeySource(Result):
    """Where a provider's key stands in the configuration."""

    source: str = ""


class ProviderAuth(Result):
    """The credentials of one provider; `static` means stored, not working."""

    provider: str
    display_name: str = ""
    status: str = ""
    profiles: tuple[AuthProfile, ...] = ()
    api_key: KeySource | None = None


class AuthStatus(Result):
    """`models.authStatus`."""

    providers: tuple[ProviderAuth, ...] = ()


class StoredSecret(Result):
    """One entry of the secret store, without its value."""

    name: str
    kind: str = "secret"
    updated_at_ms: int | None = None
    updated_by: str = ""
    allowed_hosts: tuple[str, ...] = ()


class SecretStore(Result):
    """`secrets.store.list`."""

    entries: tuple[StoredSecret, ...] = ()


class StoreChange(Result):
    """`secrets.store.set` and `.delete`."""

    ok: bool = False
    reloaded: bool = False
    """The secret was in use and its users have the new value."""


class SecretsReload(Result):
    """`secrets.reload`."""

    ok: bool = False
    warning_count: int = 0


class SetupVerify(Result):
    """`openclaw.setup.verify`: the configured default model, end to end."""

    ok: bool = False
    model_ref: str = ""
    latency_ms: int | None = None
    status: str = ""
    error: str = ""
