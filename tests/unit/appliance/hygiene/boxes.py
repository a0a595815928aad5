"""A box whose keys lie about, for tests of the search and of what follows from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.fakes.box import make_box

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    """A file and its folders, as their owner would have them."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=mode)
    path.write_text(text)
    path.chmod(mode)
    return path


def shop(home: Path, key: str, **more: object) -> Appliance:
    """A box with one provider whose key stands in clear."""
    box = make_box(home)
    box.places.state_dir.mkdir(mode=0o700)
    write(box.places.config_path, json.dumps(settings(key) | more, indent=2))
    return box


def settings(key: object) -> dict[str, object]:
    """A configuration with this key for its only brain."""
    provider = {"baseUrl": "http://127.0.0.1:9/v1", "api": "openai-completions", "apiKey": key, "models": []}
    return {
        "gateway": {"mode": "local", "auth": {"mode": "token", "token": "a-gateway-token-1"}},
        "models": {"providers": {"office": provider}},
    }
