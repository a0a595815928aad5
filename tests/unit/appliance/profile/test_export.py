"""An exported box is a profile that describes it, without its keys."""

from __future__ import annotations

from pathlib import Path

from appliance.agents.business import BusinessProfile
from appliance.places import Places
from appliance.profile.business import read_business, write_business
from appliance.profile.export import export_profile
from appliance.profile.load import parse

CONFIG: dict[str, object] = {
    "gateway": {"port": 19000, "auth": {"mode": "token", "token": "planted-gateway-token"}},
    "agents": {
        "ownership": "explicit",
        "entries": {
            "luna": {"name": "Luna"},
            "cakes": {"name": "Cake Orders", "model": "office/large", "description": "Takes cake orders."},
        },
        "defaults": {"model": {"primary": "office/small"}},
    },
    "models": {
        "providers": {
            "office": {
                "baseUrl": "http://127.0.0.1:1234/v1",
                "api": "openai-completions",
                "apiKey": "planted-key-in-clear-0123",
                "models": [{"id": "small", "name": "small"}, {"id": "large", "name": "large"}],
            }
        }
    },
}


def test_it_reads_back_and_holds_no_key(tmp_path: Path) -> None:
    places = Places.from_environment({"HOME": str(tmp_path)})
    write_business(places, BusinessProfile(name="Café Rosa", hours="8 to 18"))
    text = export_profile(CONFIG, places)
    assert "planted" not in text
    profile = parse(text.encode(), "export.toml")
    assert profile.gateway.port == 19000
    assert profile.business.name == "Café Rosa"
    assert profile.model == "office/small"
    assert profile.provider is not None
    assert profile.provider.key == "env:OFFICE_API_KEY"
    assert [(agent.id, agent.model) for agent in profile.agents] == [("luna", ""), ("cakes", "office/large")]


def test_the_business_is_written_and_read(tmp_path: Path) -> None:
    places = Places.from_environment({"HOME": str(tmp_path)})
    assert read_business(places) is None
    written = BusinessProfile(name="Rosa's “Café”", language="English")
    write_business(places, written)
    assert read_business(places) == written
    assert (places.home / "profiles" / "business.toml").stat().st_mode & 0o777 == 0o600
