"""What a page of the editor asks the box for, and where the answer is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.ops.agents import SHOW
from appliance.ops.agents_routing import BINDINGS
from appliance.ops.agents_skills import SKILLS, WhoseSkills
from appliance.ops.agents_tools import TOOLS, WhoseTools
from appliance.ops.core import Nothing
from appliance.ops.models_estimate import ESTIMATE, EstimateModel
from screens.agents import wishes
from screens.agents.choosing import SkillsPage, ToolsPage
from screens.agents.pages import BrainPage, LinesPage

if TYPE_CHECKING:
    from appliance.ops.core import Operation
    from screens.agents.edited import Edited
    from screens.agents.pages import Page


def look_for(page: Page, edited: Edited) -> tuple[Operation[Any, Any], Any] | None:
    """The read that a page needs beside what is known of the agent; None where there is none."""
    agent = edited.agent
    if isinstance(page, ToolsPage):
        return TOOLS, WhoseTools(agent.id)
    if isinstance(page, SkillsPage):
        return SKILLS, WhoseSkills(agent.id)
    if isinstance(page, LinesPage):
        return BINDINGS, Nothing()
    if isinstance(page, BrainPage) and agent.model:
        return ESTIMATE, EstimateModel(agent.model, agent=agent.id)
    return None


def keep(operation: str, result: Any, edited: Edited) -> bool:
    """Keep what was read; False where it was something else."""
    if operation == SHOW.name:
        edited.detail, edited.agent = result, result.agent
    elif operation == TOOLS.name:
        edited.tools = result
        wishes.settle_tools(edited)
    elif operation == SKILLS.name:
        edited.skills = result
        wishes.settle_skills(edited)
    elif operation == BINDINGS.name:
        edited.bindings = result
    elif operation == ESTIMATE.name:
        edited.estimate = result
    else:
        return False
    return True
