"""A new agent like one that is there: its texts, tools, skills and brain; not its lines, not its talks."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.agents.catalog import TEMPLATE_IDS
from appliance.agents.listing import show_agent
from appliance.agents.models import TEXT_NAMES
from appliance.agents.roster import entry_of
from appliance.agents.texts import find_text

if TYPE_CHECKING:
    from appliance.agents.models import AgentSpec
    from appliance.agents.roster import Config
    from appliance.places import Places

SETTINGS = (
    "model", "models", "utilityModel", "decisionModel", "thinkingDefault", "reasoningDefault",
    "verboseDefault", "fastModeDefault", "skills", "tools", "sandbox", "subagents", "contextInjection",
    "bootstrapMaxChars", "params",
)  # fmt: skip
"""Keys of an entry that say how an agent works; none of them says where it lives or who reaches it."""
TEXTS = (*TEXT_NAMES, "FACTS.md")
_NAME = "IDENTITY.md"


def copied(spec: AgentSpec, config_value: Config, source: str, places: Places) -> AgentSpec:
    """`spec` with everything else as the agent `source` has it.

    Raises:
        NotFound: `agent-unknown`.
        Invalid: `text-odd`, one of its texts cannot be read.
    """
    entry, shown = entry_of(config_value, source, places), show_agent(config_value, source, places).agent
    found = {name: find_text(config_value, source, name, places) for name in TEXTS}
    texts = {name: each.text for name, each in found.items() if each.content is not None}
    if _NAME in texts:
        named = re.compile(rf"(?<!\w){re.escape(shown.name)}(?!\w)")
        texts[_NAME] = named.sub(lambda _found: spec.name, texts[_NAME])
    return replace(
        spec,
        template=shown.template if shown.template in TEMPLATE_IDS else None,
        description=spec.description or shown.role,
        emoji=spec.emoji or shown.emoji,
        texts=tuple(texts.items()),
        settings={key: copy.deepcopy(entry[key]) for key in SETTINGS if key in entry},
    )
