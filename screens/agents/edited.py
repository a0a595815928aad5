"""What the editor of an agent knows, and what was chosen there and not saved."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.ops.agents import AgentDetail, AgentRow
from appliance.ops.agents_routing import Bindings
from appliance.ops.agents_skills import SkillsFound
from appliance.ops.agents_tools import ToolsFound
from appliance.ops.models_estimate import ModelEstimate


@dataclass
class Edited:
    """What the editor knows of its agent, and what was chosen there and not saved."""

    agent: AgentRow
    detail: AgentDetail | None = None
    tools: ToolsFound | None = None
    skills: SkillsFound | None = None
    bindings: Bindings | None = None
    """Who answers whom, of the whole staff."""
    estimate: ModelEstimate | None = None
    """What its brain costs."""
    tool_wishes: dict[str, str] = field(default_factory=dict)
    """State by tool, where it shall be another one."""
    skill_wishes: dict[str, bool] = field(default_factory=dict)
