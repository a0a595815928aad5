"""The kinds of AI provider we know, in the words a shop owner is shown."""

from __future__ import annotations

import re
from typing import Literal

from appliance.errors import NotFound, Usage
from appliance.values import dataclass

Api = Literal[
    "openai-completions", "openai-responses", "anthropic-messages", "google-generative-ai", "ollama"
]
KeyNeed = Literal["required", "optional", "none"]

PROVIDER_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
OLLAMA_MARKER = "ollama-local"
"""What OpenClaw expects as the key of a local Ollama; not a secret (docs/providers/ollama/setup.md)."""


@dataclass(frozen=True)
class SuggestedModel:
    """A model worth offering first."""

    id: str
    title: str
    note: str


@dataclass(frozen=True)
class ProviderKind:
    """One kind of provider: how it is reached and what its owner needs to have."""

    id: str
    title: str
    summary: str
    """One sentence: what it is and what it costs."""
    base_url: str
    """Default address; empty when the owner must give one."""
    api: Api
    key: KeyNeed
    key_url: str = ""
    """Where a key is made."""
    key_prefix: str = ""
    """How a key of this provider always begins; empty when that is not known."""
    models: tuple[SuggestedModel, ...] = ()
    """Offered first, the suggested one first of all."""
    bundled: bool = False
    """OpenClaw knows its models itself, so that an entry needs none."""

    @property
    def default_model(self) -> str:
        """The model id suggested as default; empty when the owner must choose."""
        return self.models[0].id if self.models else ""


KINDS: tuple[ProviderKind, ...] = (
    ProviderKind(
        id="ollama",
        title="Ollama on this machine",
        summary="Runs open models on your own computer: free, private, slower than the cloud.",
        base_url="http://127.0.0.1:11434",
        api="ollama",
        key="optional",
        key_url="https://ollama.com/download",
    ),
    ProviderKind(
        id="openai",
        title="OpenAI",
        summary="The GPT models; paid by use, with a key from OpenAI's platform (not a ChatGPT login).",
        base_url="https://api.openai.com/v1",
        api="openai-responses",
        key="required",
        key_url="https://platform.openai.com/api-keys",
        key_prefix="sk-",
        models=(
            SuggestedModel("gpt-6-sol", "GPT-6 Sol", "a good balance of price and ability"),
            SuggestedModel("gpt-6-luna", "GPT-6 Luna", "the cheapest"),
            SuggestedModel("gpt-6-astra", "GPT-6 Astra", "the most able, and the dearest"),
        ),
        bundled=True,
    ),
    ProviderKind(
        id="anthropic",
        title="Anthropic",
        summary="The Claude models; paid by use, with a key from the Anthropic console.",
        base_url="https://api.anthropic.com",
        api="anthropic-messages",
        key="required",
        key_url="https://console.anthropic.com/settings/keys",
        key_prefix="sk-ant-",
        models=(
            SuggestedModel("claude-sonnet-5", "Claude Sonnet 5", "a good balance of price and ability"),
            SuggestedModel("claude-haiku-4-5", "Claude Haiku 4.5", "the cheapest"),
            SuggestedModel("claude-opus-5", "Claude Opus 5", "the most able, and the dearest"),
        ),
        bundled=True,
    ),
    ProviderKind(
        id="openrouter",
        title="OpenRouter",
        summary="One key for the models of many makers; paid by use, in advance.",
        base_url="https://openrouter.ai/api/v1",
        api="openai-completions",
        key="required",
        key_url="https://openrouter.ai/keys",
        key_prefix="sk-or-",
        models=(SuggestedModel("auto", "Automatic", "OpenRouter picks a model for each question"),),
        bundled=True,
    ),
    ProviderKind(
        id="custom",
        title="Another address",
        summary="Any server that speaks OpenAI's language: LM Studio, vLLM, a company gateway.",
        base_url="",
        api="openai-completions",
        key="optional",
    ),
    ProviderKind(
        id="practice",
        title="Practice model (no real AI)",
        summary="Scripted answers on this machine, to try everything out without a key or a cost.",
        base_url="",
        api="openai-completions",
        key="optional",
        models=(SuggestedModel("practice", "Practice model", "no real AI"),),
    ),
)
"""In the order a wizard offers them."""

MORE_KINDS: tuple[ProviderKind, ...] = (
    ProviderKind(
        id="google",
        title="Google Gemini",
        summary="The Gemini models; paid by use, with a key from Google AI Studio.",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        api="google-generative-ai",
        key="required",
        key_url="https://aistudio.google.com/apikey",
        bundled=True,
    ),
    ProviderKind(
        id="lmstudio",
        title="LM Studio on this machine",
        summary="Runs open models on your own computer: free, private, slower than the cloud.",
        base_url="http://127.0.0.1:1234/v1",
        api="openai-completions",
        key="optional",
        key_url="https://lmstudio.ai/download",
    ),
    ProviderKind(
        id="zai",
        title="Z.AI",
        summary="The GLM models; paid by use.",
        base_url="https://api.z.ai/api/paas/v4",
        api="openai-completions",
        key="required",
        key_url="https://z.ai/manage-apikey/apikey-list",
    ),
    ProviderKind(
        id="qwen",
        title="Qwen",
        summary="The Qwen models of Alibaba; paid by use.",
        base_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        api="openai-completions",
        key="required",
        key_url="https://home.qwencloud.com/api-keys",
    ),
    ProviderKind(
        id="minimax",
        title="MiniMax",
        summary="The MiniMax models; paid by use.",
        base_url="https://api.minimax.io/anthropic",
        api="anthropic-messages",
        key="required",
        key_url="https://platform.minimax.io/user-center/basic-information/interface-key",
    ),
    ProviderKind(
        id="synthetic",
        title="Synthetic",
        summary="Open models in the cloud; by subscription or by use.",
        base_url="https://api.synthetic.new/anthropic",
        api="anthropic-messages",
        key="required",
        key_url="https://synthetic.new",
    ),
    ProviderKind(
        id="vercel-ai-gateway",
        title="Vercel AI Gateway",
        summary="One key for the models of many makers; paid by use.",
        base_url="https://ai-gateway.vercel.sh/v1",
        api="openai-completions",
        key="required",
        key_url="https://vercel.com/ai-gateway",
    ),
)
"""Further favourites, by OpenClaw's ids (docs/providers/); what the wizard leaves out."""

CUSTOM = next(kind for kind in KINDS if kind.id == "custom")
_BY_ID = {kind.id: kind for kind in (*KINDS, *MORE_KINDS)}
ALL_KINDS = tuple(_BY_ID.values())


def kind_named(kind_id: str) -> ProviderKind:
    """The kind with this id.

    Raises:
        NotFound: `provider-kind`, there is none.
    """
    if kind_id not in _BY_ID:
        known = ", ".join(_BY_ID)
        raise NotFound(
            f"There is no kind of provider called “{kind_id}”.",
            hint=f"Choose one of: {known}.",
            code="provider-kind",
        )
    return _BY_ID[kind_id]


def kind_of(provider_id: str) -> ProviderKind:
    """The kind an entry of this id is: its namesake, or `custom`."""
    return _BY_ID.get(provider_id, CUSTOM)


def check_provider_id(provider_id: str) -> str:
    """Return the id when it may name a provider of ours.

    Raises:
        Usage: `provider-id`, it breaks the rule.
    """
    if PROVIDER_ID.fullmatch(provider_id):
        return provider_id
    raise Usage(
        f"“{provider_id}” cannot be the name of a provider.",
        hint="Use small letters, digits, “-” and “_”, at most 64, beginning with a letter or digit.",
        code="provider-id",
    )
