"""What agents there are and what their texts say, read from files only: works with the Gateway down."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from appliance.agents.catalog import template
from appliance.agents.marker import read_marker
from appliance.agents.models import TEXT_NAMES, Agent, AgentDetail, AgentFile, AgentText
from appliance.agents.roster import default_agent, entry_of, model_of, roster, workspace_of
from appliance.agents.routing import channels_of
from appliance.errors import NotFound
from appliance.store.edits import lookup

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.agents.roster import Config
    from appliance.places import Places

TEXT_LIMIT = 256 * 1024
"""Bytes of one text that are read; OpenClaw itself injects 20,000 characters."""
OPTIONAL_NAMES = ("FACTS.md", "MEMORY.md", "BOOTSTRAP.md")
"""Shown when they are there."""


def list_agents(config_value: Config, places: Places) -> tuple[Agent, ...]:
    """Every agent, in the order of the config.

    Raises:
        Invalid: `agents-roster`.
    """
    return tuple(_agent(config_value, agent_id, places) for agent_id in roster(config_value, places))


def show_agent(config_value: Config, agent_id: str, places: Places) -> AgentDetail:
    """One agent with its texts.

    Raises:
        NotFound: `agent-unknown`.
    """
    from appliance.agents.entry import skills_of, tools_of

    entry = entry_of(config_value, agent_id, places)
    agent = _agent(config_value, agent_id, places)
    texts = [read_text(agent.workspace, name) for name in TEXT_NAMES]
    optional = (read_text(agent.workspace, name) for name in OPTIONAL_NAMES)
    texts += [text for text in optional if text.state != "missing"]
    return AgentDetail(agent, tools_of(entry), skills_of(entry), tuple(texts))


def read_text(workspace: Path, name: str) -> AgentText:
    """One text of a workspace, up to 256 KiB; links are not followed and devices not opened."""
    try:
        descriptor = os.open(workspace / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return AgentText(name, "missing")
    except OSError as error:
        problem = "it is a link" if error.errno == errno.ELOOP else (error.strerror or "it cannot be opened")
        return AgentText(name, "unreadable", problem=problem)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        return AgentText(name, "unreadable", problem="it is not an ordinary file")
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(TEXT_LIMIT)
    text = data.decode("utf-8", errors="replace")
    return AgentText(name, "present", text, found.st_size, cut=found.st_size > len(data))


def _agent(config_value: Config, agent_id: str, places: Places) -> Agent:
    entry = entry_of(config_value, agent_id, places)
    marker = read_marker(places, agent_id)
    model, inherited = model_of(config_value, entry)
    workspace = workspace_of(config_value, agent_id, places)
    return Agent(
        id=agent_id,
        name=_text(entry, "name") or _text(entry, "identity", "name") or agent_id,
        role=_text(entry, "description") or _role_of(marker.template),
        emoji=_text(entry, "identity", "emoji"),
        model=model,
        model_inherited=inherited,
        workspace=workspace,
        protected=marker.protected,
        default=default_agent(config_value, places) == agent_id,
        template=marker.template,
        channels=channels_of(config_value, agent_id),
        files=tuple(_file(workspace, name) for name in TEXT_NAMES),
    )


def _file(workspace: Path, name: str) -> AgentFile:
    try:
        found = (workspace / name).lstat()
    except OSError:
        return AgentFile(name, present=False)
    return AgentFile(name, present=stat.S_ISREG(found.st_mode), size=found.st_size)


def _role_of(template_id: str) -> str:
    try:
        return template(template_id).role
    except NotFound:
        return ""


def _text(entry: Config, *path: str) -> str:
    found = lookup(entry, path)
    return found if isinstance(found, str) else ""
