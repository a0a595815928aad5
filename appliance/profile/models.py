"""A profile: one appliance described in one TOML file, without any secret in it (architecture §3)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from appliance.agents.business import BusinessProfile
from appliance.engine.release import PINNED
from appliance.errors import Refused

KEY_REFERENCE = re.compile(r"env:[A-Z][A-Z0-9_]*|file:/.+|file:~/.+|stdin")
_KEY_LIKE = re.compile(r"(?:^|_)(?:KEY|TOKEN|SECRET)S?(?:_|$)")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EnginePart(_Part):
    """`[engine]`."""

    version: str = PINNED
    """The release to install when no suitable one is on the machine."""


class GatewayPart(_Part):
    """`[gateway]`."""

    port: int = Field(default=18789, ge=1, le=65535)
    announce: bool = False
    """Show it on the local network (Bonjour)."""


class BusinessPart(_Part):
    """`[business]`: what the staff know about the shop."""

    name: str = ""
    what: str = ""
    hours: str = ""
    tone: str = ""
    language: str = ""
    owner: str = ""
    timezone: str = ""

    @property
    def profile(self) -> BusinessProfile:
        """As the agents' texts want it."""
        return BusinessProfile(**self.model_dump())


def _reference(value: Any) -> Any:
    """Refuse a key that stands in the file itself, without repeating it."""
    if isinstance(value, str) and value and not KEY_REFERENCE.fullmatch(value):
        raise Refused(
            "The profile holds a key itself; a profile may only say where the key is.",
            hint='Write key = "env:OPENAI_API_KEY", "file:/path/to/key" or "stdin".',
            code="secret-inline",
        )
    if isinstance(value, str) and value.startswith("env:") and not _KEY_LIKE.search(value[4:]):
        raise Refused(
            f"{value} does not look like the variable of a key.",
            hint="Use a name that ends in _API_KEY, _KEY, _TOKEN or _SECRET.",
            code="secret-variable",
        )
    return value


class ProviderPart(_Part):
    """`[provider]`: the brain."""

    kind: str
    """`ollama`, `openai`, `anthropic`, `openrouter` or `custom`."""
    id: str = ""
    """Its name in the configuration; the kind when left out."""
    base_url: str = ""
    key: Annotated[str, BeforeValidator(_reference)] = ""
    """`env:NAME`, `file:PATH` or `stdin`."""
    models: tuple[str, ...] = ()

    @property
    def provider_id(self) -> str:
        """The entry's name under `models.providers`."""
        return self.id or self.kind


class AgentPart(_Part):
    """One of `[[agents]]`."""

    id: str
    template: str = ""
    """A template; its own id when there is one of that name."""
    name: str = ""
    description: str = ""
    model: str = ""
    protected: bool = False


class Profile(_Part):
    """The whole file."""

    default_model: str = ""
    """`provider/model`; the provider's first model when left out."""
    engine: EnginePart = EnginePart()
    gateway: GatewayPart = GatewayPart()
    business: BusinessPart = BusinessPart()
    provider: ProviderPart | None = None
    agents: tuple[AgentPart, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Profile:
        ids = [agent.id for agent in self.agents]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"two agents are called {', '.join(twice)}")
        if self.default_model and "/" not in self.default_model:
            raise ValueError("default_model is written provider/model")
        return self

    @property
    def model(self) -> str:
        """The default model as `provider/model`; empty when the profile names none."""
        if self.default_model:
            return self.default_model
        if self.provider is not None and self.provider.models:
            return f"{self.provider.provider_id}/{self.provider.models[0]}"
        return ""
