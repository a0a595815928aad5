"""What we remember about an agent ourselves: protection and template, one small file each in our own folder.

OpenClaw's configuration holds no key of ours: one unknown key, and it does not start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.parsing import small_file, toml_table
from appliance.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places


@dataclass(frozen=True)
class Marker:
    """Our notes on one agent."""

    protected: bool = False
    template: str = ""
    """Template id, empty when none."""


def marker_path(places: Places, agent_id: str) -> Path:
    """Where the notes on an agent stand."""
    return places.home / "agents" / f"{agent_id}.toml"


def read_marker(places: Places, agent_id: str) -> Marker:
    """Our notes on an agent; one whose file cannot be understood counts as protected."""
    try:
        data = toml_table(small_file(marker_path(places, agent_id)))
    except FileNotFoundError:
        return Marker()
    except (OSError, ValueError):
        return Marker(protected=True)
    return Marker(protected=data.get("protected") is not False, template=str(data.get("template", "")))


def render_marker(marker: Marker, agent_id: str) -> bytes:
    """The file's bytes; the id and the template id need no quoting rules of their own."""
    lines = [
        f"# What lunatui remembers about the agent {agent_id}. OpenClaw does not read this.",
        f"protected = {str(marker.protected).lower()}",
        f'template = "{marker.template}"',
    ]
    return ("\n".join(lines) + "\n").encode()
