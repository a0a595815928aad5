"""Readers of the small files in which we keep what people chose, and of any text at all."""

from __future__ import annotations

import contextlib
from pathlib import Path

from appliance.errors import LunaError
from tests.safety import provider_samples, samples
from tests.safety.readers import places, put, reader


@reader("profile", samples.profiles, "toml")
def _profile(data: bytes, _folder: Path) -> object:
    from appliance.profile.load import parse

    return parse(data, "profile.toml")


@reader("choices", samples.choices, "toml")
def _choices(data: bytes, folder: Path) -> object:
    from appliance.profile.choices import choices_path, read_choices

    put(choices_path(places(folder), "human:test"), data)
    return read_choices(places(folder), "human:test")


@reader("keys", samples.keymaps, "toml")
def _keys(data: bytes, folder: Path) -> object:
    from appliance.profile.keymap import keys_path, read_keys

    put(keys_path(places(folder)), data)
    return read_keys(places(folder))


@reader("brand", samples.brands, "toml")
def _brand(data: bytes, folder: Path) -> object:
    from appliance.profile.brand import brand_path, read_brand

    put(brand_path(places(folder)), data)
    return read_brand(places(folder))


@reader("business", samples.businesses, "toml")
def _business(data: bytes, folder: Path) -> object:
    from appliance.profile.business import business_path, read_business

    put(business_path(places(folder)), data)
    found = read_business(places(folder))
    return found and found.cleaned()


@reader("blocked", samples.blocked, "toml")
def _blocked(data: bytes, folder: Path) -> object:
    from appliance.people.blocked import blocked_path, read_blocked

    put(blocked_path(places(folder)), data)
    return read_blocked(places(folder))


@reader("draft", samples.drafts, "toml")
def _draft(data: bytes, folder: Path) -> object:
    from appliance.profile.draft import draft_path, read_draft, to_profile

    put(draft_path(places(folder)), data)
    draft = read_draft(places(folder))
    with contextlib.suppress(LunaError):
        return draft and to_profile(draft, keyed=True)
    return draft


@reader("setup-note", samples.setup_notes, "toml")
def _setup_note(data: bytes, folder: Path) -> object:
    from appliance.profile.setup_note import note_path, read_note, still_open

    put(note_path(places(folder)), data)
    return still_open(read_note(places(folder)), {}, ())


@reader("marker", samples.markers, "toml")
def _marker(data: bytes, folder: Path) -> object:
    from appliance.agents.marker import marker_path, read_marker

    put(marker_path(places(folder), "main"), data)
    return read_marker(places(folder), "main")


@reader("text", samples.texts, "bytes")
def _any_text(data: bytes, _folder: Path) -> object:
    """Any text: made safe, and without its keys."""
    from appliance.ops.approvals import arguments_of, hidden_in
    from appliance.redact import redact, redact_value
    from appliance.text import safe, safe_entry, safe_line

    text = data.decode("utf-8", "surrogateescape")
    arguments_of(text)
    hidden_in(text)
    safe_entry(text)
    return safe_line(safe(redact(text, [text[:12]]))), redact_value({"note": text, text[:40]: [text]})


@reader("attempts", provider_samples.attempts)
def _attempts(data: bytes, folder: Path) -> object:
    from appliance.channels import attempts

    put(attempts._path(places(folder), "whatsapp", "default"), data)
    resumed = attempts.resumed(places(folder), "whatsapp", "default", 1.8e9)
    return resumed.failures, resumed.retry_at


@reader("trial", provider_samples.trials)
def _trial(data: bytes, folder: Path) -> object:
    from appliance.providers.trials import clear, keep, last_trial, note, untested

    box = places(folder)
    put(box.home / "untested" / "office", data)
    found = last_trial(box, "office")
    note(box, "office")
    assert untested(box) == {"office"}
    if found is not None:
        keep(box, "office", found)
    clear(box, "office")
    return found


@reader("plugin-manifest", provider_samples.plugin_manifests)
def _plugin_manifest(data: bytes, folder: Path) -> object:
    """What the installed OpenClaw brings along; files of another program."""
    from appliance.providers.installed import installed_providers

    put(folder / "dist" / "extensions" / "acme" / "openclaw.plugin.json", data)
    return installed_providers(folder)
