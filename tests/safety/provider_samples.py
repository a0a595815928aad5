"""What is noted of a provider's tests, and what OpenClaw's plugins say of theirs."""

from __future__ import annotations

from tests.safety.samples import Samples, packed


def trials() -> Samples:
    """A test that went well, and a provider that was never tested."""
    trial = {
        "at": "2026-11-30T08:00:00+00:00", "ok": True, "code": "", "blame": "", "model": "m",
        "milliseconds": 1200, "first_milliseconds": 300, "context_window": 32768, "tools": True,
    }  # fmt: skip
    return packed({"trial": trial, "untested": False}, {"trial": {}, "untested": True})


def attempts() -> Samples:
    """Tries to link a line that failed, and one that has to be left alone."""
    return packed({"failures": 2, "retry_at": 0.0}, {"failures": 3, "retry_at": 1796043600.0})


def plugin_manifests() -> Samples:
    """One as OpenClaw 2026.9.6 has it, shortened."""
    model = {
        "id": "m",
        "name": "M",
        "contextWindow": 1000,
        "maxTokens": 10,
        "cost": {"input": 1, "output": 2},
    }
    catalog = {"acme": {"baseUrl": "https://a.test/v1", "api": "openai-completions", "models": [model]}}
    return packed(
        {
            "id": "acme",
            "providers": ["acme"],
            "modelCatalog": {"providers": catalog},
            "setup": {"providers": [{"id": "acme", "envVars": ["ACME_API_KEY"]}]},
            "providerAuthChoices": [{"provider": "acme", "groupLabel": "Acme"}],
        }
    )
