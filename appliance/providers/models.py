"""What a provider is, as plain values: what we write, and what we read back from openclaw.json."""

from __future__ import annotations

from typing import Literal

from appliance.values import dataclass

KeyKind = Literal["store", "env", "file", "exec", "vault", "clear", "variable", "profile", "marker", "none"]


@dataclass(frozen=True)
class Price:
    """What a model costs, in US dollars for a million tokens."""

    input: float
    output: float


@dataclass(frozen=True)
class ModelRow:
    """One model of a provider."""

    id: str
    """As the provider names it, without the provider's id."""
    name: str = ""
    """Shown to people; the id when empty."""
    context_window: int | None = None
    """Tokens; `None` when unknown."""
    max_tokens: int | None = None
    """Longest answer in tokens; `None` when unknown."""
    tools: bool | None = None
    """Whether it can use tools; `None` when unknown."""
    price: Price | None = None
    """`None` when it is not published."""


@dataclass(frozen=True)
class ProviderSettings:
    """What an entry under `models.providers` shall say."""

    id: str
    kind: str
    """Id of a kind in the catalog."""
    base_url: str = ""
    """Empty for the kind's own address."""
    models: tuple[ModelRow, ...] = ()
    secret: str = ""
    """Name in OpenClaw's secret store that holds the key; empty for a provider without one."""


@dataclass(frozen=True)
class KeyState:
    """Where the key of a provider comes from; never the key."""

    kind: KeyKind
    """`clear`: it stands in the config file itself. `marker`: the word a local Ollama wants."""
    name: str = ""
    """The store name, variable, file or profile it comes from."""


@dataclass(frozen=True)
class Provider:
    """One provider as openclaw.json has it."""

    id: str
    kind: str
    title: str
    base_url: str
    api: str
    models: tuple[str, ...]
    """Model ids of the entry; empty when OpenClaw's own list counts."""
    key: KeyState
    is_default: bool
    default_model: str
    """The default model's id when it is one of this provider's, else empty."""


@dataclass(frozen=True)
class Reference:
    """A place in openclaw.json that names a model of a provider."""

    path: tuple[str, ...]
    model: str
    """The full reference, `provider/model`."""
    agent: str
    """The agent it belongs to; empty for a setting of all."""
