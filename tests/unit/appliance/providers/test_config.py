"""Edits of openclaw.json for providers, and what can be read back from it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from appliance.errors import NotFound, Usage
from appliance.providers.config import default_model_edits, entry_of, provider_edits, removal_edits
from appliance.providers.keys import secret_name
from appliance.providers.listing import (
    default_model,
    list_providers,
    references,
    require_model,
    require_provider,
)
from appliance.providers.models import KeyState, ModelRow, ProviderSettings
from appliance.providers.slots import free_slot, slot_in_use, slots
from appliance.store.document import Document
from appliance.store.edits import MISSING, Edit

SHOP = ProviderSettings(
    "my-shop", "custom", "http://127.0.0.1:1234/v1", (ModelRow("m", context_window=32_000),), "SHOP_KEY"
)
SHOP_REF = {"source": "store", "provider": "default", "id": "SHOP_KEY"}


def applied(config: dict[str, Any], edits: tuple[Edit, ...]) -> dict[str, Any]:
    """The config after the edits, by the real editor (which checks what each expected)."""
    import json

    return copy.deepcopy(Document.parse(json.dumps(config).encode()).apply(edits).value)


def test_a_custom_provider_is_written_as_openclaws_own_setup_writes_one() -> None:
    assert entry_of(SHOP) == {
        "baseUrl": "http://127.0.0.1:1234/v1",
        "api": "openai-completions",
        "apiKey": SHOP_REF,
        "models": [
            {
                "id": "m",
                "name": "m",
                "contextWindow": 32_000,
                "maxTokens": 4_096,
                "input": ["text"],
                "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0},
                "reasoning": False,
            }
        ],
    }


def test_a_bundled_provider_needs_nothing_but_its_key() -> None:
    ref = {"source": "store", "provider": "default", "id": secret_name("anthropic")}
    settings = ProviderSettings("anthropic", "anthropic", secret=secret_name("anthropic"))
    assert entry_of(settings) == {"apiKey": ref}


def test_openai_stays_on_openclaws_own_runtime() -> None:
    entry = entry_of(ProviderSettings("openai", "openai", secret="K", models=(ModelRow("gpt-6-sol"),)))
    assert entry["agentRuntime"] == {"id": "openclaw"}
    assert entry["models"] == [{"id": "gpt-6-sol", "name": "gpt-6-sol"}]


def test_a_bundled_provider_at_another_address_names_it() -> None:
    entry = entry_of(ProviderSettings("openrouter", "openrouter", "https://proxy.example.com/v1", secret="K"))
    assert entry["baseUrl"] == "https://proxy.example.com/v1"
    assert entry["api"] == "openai-completions"


def test_a_bundled_kind_under_another_name_is_written_in_full() -> None:
    settings = ProviderSettings("second", "openai", models=(ModelRow("gpt-6-sol"),), secret="K")
    entry = entry_of(settings)
    assert entry["baseUrl"] == "https://api.openai.com/v1"
    assert entry["models"][0]["contextWindow"] == 128_000  # type: ignore[index]


def test_a_local_ollama_has_the_marker_and_loads_a_part_of_its_context() -> None:
    entry = entry_of(
        ProviderSettings("ollama", "ollama", models=(ModelRow("llama", context_window=131_072),))
    )
    assert entry["apiKey"] == "ollama-local"
    assert entry["baseUrl"] == "http://127.0.0.1:11434"
    assert entry["models"][0]["contextTokens"] == 32_768  # type: ignore[index]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (ProviderSettings("x", "custom", models=(ModelRow("m"),)), "provider-address"),
        (ProviderSettings("x", "custom", "http://h/v1"), "provider-models"),
        (ProviderSettings("X", "openai"), "provider-id"),
    ],
)
def test_what_is_missing_is_said(settings: ProviderSettings, code: str) -> None:
    with pytest.raises(Usage) as caught:
        entry_of(settings)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "config", [{}, {"models": {}}, {"models": {"providers": {"other": {"api": "ollama"}}}}]
)
def test_adding_twice_changes_nothing_the_second_time(config: dict[str, Any]) -> None:
    after = applied(config, provider_edits(config, SHOP))
    assert after["models"]["providers"]["my-shop"] == entry_of(SHOP)
    assert provider_edits(after, SHOP) == ()
    assert {name: after["models"]["providers"][name] for name in after["models"]["providers"]} == {
        **config.get("models", {}).get("providers", {}),
        "my-shop": entry_of(SHOP),
    }


def test_changing_touches_only_the_named_fields() -> None:
    before = {
        "models": {
            "providers": {
                "my-shop": {
                    "baseUrl": "http://old/v1",
                    "api": "openai-completions",
                    "apiKey": "in-clear",
                    "timeoutSeconds": 300,
                    "models": [{"id": "m", "name": "Mine", "reasoning": True}, {"id": "z", "name": "Z"}],
                }
            }
        }
    }
    edits = provider_edits(before, SHOP)
    assert [edit.path[-1] for edit in edits] == ["baseUrl", "apiKey"]
    entry = applied(before, edits)["models"]["providers"]["my-shop"]
    assert entry["timeoutSeconds"] == 300
    assert entry["apiKey"] == SHOP_REF
    assert entry["models"] == before["models"]["providers"]["my-shop"]["models"]


def test_new_models_are_added_to_those_that_stand_there() -> None:
    before = {"models": {"providers": {"my-shop": {**entry_of(SHOP), "models": [{"id": "z", "name": "Z"}]}}}}
    (edit,) = provider_edits(before, SHOP)
    assert edit.expected == [{"id": "z", "name": "Z"}]
    after = applied(before, (edit,))
    assert [row["id"] for row in after["models"]["providers"]["my-shop"]["models"]] == ["z", "m"]


@pytest.mark.parametrize(
    "defaults",
    [
        {},
        {"model": "old/one"},
        {"model": {"primary": "old/one", "fallbacks": ["old/two"]}},
        {"model": {"fallbacks": ["old/two"]}, "models": {"old/two": {"alias": "two"}}},
    ],
)
def test_the_default_model_is_set_and_the_rest_stays(defaults: dict[str, Any]) -> None:
    config = {"agents": {"defaults": defaults}} if defaults else {}
    after = applied(config, default_model_edits(config, "my-shop/m"))
    assert default_model(after) == "my-shop/m"
    model = defaults.get("model")
    kept = model.get("fallbacks") if isinstance(model, dict) else None
    assert after["agents"]["defaults"]["model"].get("fallbacks") == kept
    assert after["agents"]["defaults"]["models"] == {**defaults.get("models", {}), "my-shop/m": {}}
    assert default_model_edits(after, "my-shop/m") == ()


@pytest.mark.parametrize("name", ["", "m", "/m", "p/", " p/m", "p/m\n"])
def test_what_names_no_model_is_refused(name: str) -> None:
    with pytest.raises(Usage) as caught:
        default_model_edits({}, name)
    assert caught.value.code == "model-reference"


def test_removing_takes_the_entry_and_its_known_models() -> None:
    before = applied({}, provider_edits({}, SHOP) + default_model_edits({}, "my-shop/m"))
    before["agents"]["defaults"]["models"]["other/x"] = {}
    after = applied(before, removal_edits(before, "my-shop"))
    assert after["models"]["providers"] == {}
    assert after["agents"]["defaults"]["models"] == {"other/x": {}}
    assert removal_edits(after, "my-shop") == ()
    assert all(edit.value is MISSING for edit in removal_edits(before, "my-shop"))


FULL: dict[str, Any] = {
    "auth": {"profiles": {"openai:manual": {"provider": "openai", "mode": "api_key"}, "bad": 1}},
    "agents": {
        "defaults": {
            "model": {"primary": "my-shop/m", "fallbacks": ["openai/a", "my-shop/z"]},
            "models": {"my-shop/m": {}},
            "utilityModel": "my-shop/small",
        },
        "entries": {
            "luna": {"model": "my-shop/z", "name": "my-shop/not-a-model"},
            "nora": {"model": {"primary": "openai/a"}, "heartbeat": {"model": "my-shop/m"}},
        },
    },
    "channels": {"modelByChannel": {"telegram": {"42": "my-shop/m"}}},
    "models": {
        "providers": {
            "my-shop": {**entry_of(SHOP)},
            "clear": {"apiKey": "sk-secret"},
            "var": {"apiKey": "${SHOP_KEY}"},
            "env": {"apiKey": {"source": "env", "provider": "default", "id": "SHOP"}},
            "file": {"apiKey": {"source": "file", "provider": "f", "id": "/k"}},
            "ollama": {"apiKey": "ollama-local", "baseUrl": "http://nas:11434"},
            "none": {},
        }
    },
}


def test_listing_says_where_each_key_is_and_never_what_it_is() -> None:
    rows = {row.id: row for row in list_providers(FULL)}
    assert {name: row.key for name, row in rows.items()} == {
        "my-shop": KeyState("store", "SHOP_KEY"),
        "clear": KeyState("clear"),
        "var": KeyState("variable", "SHOP_KEY"),
        "env": KeyState("env", "SHOP"),
        "file": KeyState("file", "/k"),
        "ollama": KeyState("marker"),
        "none": KeyState("none"),
        "openai": KeyState("profile", "openai:manual"),
    }
    assert "sk-secret" not in repr(rows)


def test_listing_says_which_is_the_default() -> None:
    shop, *others = list_providers(FULL)
    assert (shop.is_default, shop.default_model, shop.models) == (True, "m", ("m",))
    assert not any(row.is_default for row in others)


def test_a_default_without_an_entry_is_listed_too() -> None:
    (only,) = list_providers({"agents": {"defaults": {"model": "groq/x"}}})
    assert (only.id, only.kind, only.key.kind, only.default_model) == ("groq", "custom", "none", "x")
    assert list_providers({}) == ()
    assert list_providers({"models": {"providers": []}, "agents": {"defaults": {"model": 7}}}) == ()


def test_every_use_of_a_provider_is_found_with_its_agent() -> None:
    found = {(".".join(use.path), use.agent) for use in references(FULL, "my-shop")}
    assert found == {
        ("agents.defaults.model.primary", ""),
        ("agents.defaults.model.fallbacks.1", ""),
        ("agents.defaults.utilityModel", ""),
        ("agents.entries.luna.model", "luna"),
        ("agents.entries.nora.heartbeat.model", "nora"),
        ("channels.modelByChannel.telegram.42", ""),
    }
    assert {use.model for use in references(FULL, "my-shop", "z")} == {"my-shop/z"}
    assert references(FULL, "my") == ()


def test_a_model_that_openclaw_could_not_use_is_refused() -> None:
    require_model(FULL, "my-shop/m")
    require_model(FULL, "openai/anything")
    with pytest.raises(NotFound) as caught:
        require_model(FULL, "my-shop/q")
    assert (caught.value.code, caught.value.hint) == ("model-unknown", "It has: m.")
    with pytest.raises(NotFound) as caught:
        require_provider(FULL, "groq")
    assert caught.value.code == "provider-unknown"
    assert "my-shop" in caught.value.hint
    with pytest.raises(NotFound, match="groq") as caught:
        require_provider({}, "groq")
    assert "providers add" in caught.value.hint


def test_a_bundled_providers_rows_do_not_end_its_list() -> None:
    settings = ProviderSettings("openai", "openai", models=(ModelRow("gpt-6-sol"),), secret="K")
    require_model(applied({}, provider_edits({}, settings)), "openai/gpt-6-luna")


def test_keys_take_turns_in_two_slots() -> None:
    first, second = slots("my-shop")
    assert first != second
    assert (slot_in_use({}, "my-shop"), free_slot({}, "my-shop")) == ("", first)
    config: dict[str, Any] = {"models": {"providers": {"my-shop": {"apiKey": {"id": first}}}}}
    assert (slot_in_use(config, "my-shop"), free_slot(config, "my-shop")) == (first, second)
    config["models"]["providers"]["my-shop"]["apiKey"]["id"] = second
    assert (slot_in_use(config, "my-shop"), free_slot(config, "my-shop")) == (second, first)
    config["models"]["providers"]["my-shop"]["apiKey"]["id"] = "SOMEONE_ELSES"
    assert (slot_in_use(config, "my-shop"), free_slot(config, "my-shop")) == ("", first)
