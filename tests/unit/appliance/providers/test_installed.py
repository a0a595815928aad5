"""What OpenClaw brings along of providers, read from its plugins' manifests; and how Google is asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from appliance.providers.installed import installed_providers, price_of
from appliance.providers.models import Price
from appliance.providers.probe import ProbeTarget, probe
from tests.unit.appliance.providers.raw_server import http_answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.appliance.providers.raw_server import RawServer

MANIFEST = {
    "id": "acme",
    "providers": ["acme", "acme-cloud"],
    "modelCatalog": {
        "providers": {
            "acme": {
                "baseUrl": "https://api.acme.example/v1",
                "api": "openai-completions",
                "models": [
                    {
                        "id": "big",
                        "name": "Big",
                        "contextWindow": 1_050_000,
                        "maxTokens": 128_000,
                        "cost": {"input": 2, "output": 10, "cacheRead": 0.2},
                    },
                    {"id": 7},
                    "nonsense",
                ],
            }
        }
    },
    "setup": {"providers": [{"id": "acme", "envVars": ["ACME_API_KEY", 3]}]},
    "providerAuthChoices": [{"provider": "acme", "groupLabel": "Acme"}],
}


def package(folder: Path, **plugins: str) -> Path:
    for name, text in plugins.items():
        path = folder / "dist" / "extensions" / name / "openclaw.plugin.json"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return folder


def test_addresses_models_and_prices_of_a_plugin(tmp_path: Path) -> None:
    found = installed_providers(package(tmp_path, acme=json.dumps(MANIFEST)))
    acme = found["acme"]
    assert (acme.title, acme.base_url, acme.variables) == (
        "Acme",
        "https://api.acme.example/v1",
        ("ACME_API_KEY",),
    )
    (big,) = acme.models
    assert (big.context_window, big.max_tokens, big.price) == (1_050_000, 128_000, Price(2.0, 10.0))
    assert found["acme-cloud"].models == ()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"providers": 3}', '{"providers": ["a"], "modelCatalog": []}']
)
def test_a_manifest_that_is_none_spoils_nothing(tmp_path: Path, text: str) -> None:
    found = installed_providers(package(tmp_path, broken=text, acme=json.dumps(MANIFEST)))
    assert found["acme"].models
    assert installed_providers(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    ("cost", "price"),
    [
        ({"input": 1, "output": 2.5}, Price(1.0, 2.5)),
        ({"input": 0, "output": 0}, None),
        ({"input": -1, "output": 2}, None),
        ({"input": "1", "output": 2}, None),
        (None, None),
    ],
)
def test_a_price_of_zero_is_no_price(cost: object, price: Price | None) -> None:
    assert price_of(cost) == price


async def test_google_is_asked_in_its_own_language(raw: Callable[..., RawServer]) -> None:
    answer = {
        "models": [{"name": "models/gemini-9", "displayName": "Gemini 9", "inputTokenLimit": 1_048_576}],
        "candidates": [
            {"content": {"parts": [{"functionCall": {"name": "current_time"}}]}, "finishReason": "STOP"}
        ],
    }
    server = raw(http_answer(200, json.dumps(answer).encode()))
    found = await probe(ProbeTarget(server.url, "google-generative-ai", "AIza-planted-1234"))
    assert found.ok
    assert (found.model, found.context_window, found.tools) == ("gemini-9", 1_048_576, True)
    assert b"x-goog-api-key: AIza-planted-1234" in server.asked[0]
    assert server.asked[1].startswith(b"POST /v1/models/gemini-9:streamGenerateContent?alt=sse ")
