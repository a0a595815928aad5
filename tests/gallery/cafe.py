"""The business of all scenes, Café Rosa: what is known of it on a Friday afternoon."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.errors import Note, Unreachable
from appliance.health.models import Glance, Staff, Today, Trouble
from appliance.ops.agents import AgentChanged, AgentDetail, AgentList, AgentRow, AgentText
from appliance.ops.audit import AuditRecords
from appliance.ops.chat_draft import MessageDraft
from appliance.ops.chat_history import Stopped, TalkSoFar
from appliance.ops.core import Change, Plan
from appliance.ops.models import ModelFound, ModelList
from appliance.ops.models_estimate import ModelEstimate
from appliance.ops.provider_kinds import FoundServer, FoundServers
from appliance.ops.provider_save import ProviderAdded
from appliance.ops.provider_show import ProviderDetail, ProviderModel, ProviderRow, Use
from appliance.ops.provider_test import ProviderTest
from appliance.ops.provider_trial import ProviderStep
from appliance.ops.providers import ProviderList
from appliance.ops.settings import Business
from appliance.ops.settings_look import OwnKeys
from appliance.ops.setup_brain import Brain, BrainModel, Brains
from appliance.ops.setup_draft import PlannedStep, SetupPlan
from appliance.ops.setup_sheet import Reminders, SetupSummary, WrittenSheet
from appliance.ops.setup_status import SetupState
from appliance.ops.templates import TemplateList, TemplateRow
from appliance.ops.undo import Undone
from appliance.profile.brand import Brand
from appliance.profile.choices import Choices
from appliance.profile.draft import Draft
from appliance.providers.trials import Trial
from tests.gallery.clock import NOW

MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR

ROLES = (
    ("luna", "Luna", "Knows who does what and keeps Rosa's day in order", "🌙"),
    ("customer-support", "Customer Support", "Answers customers and keeps track of complaints", "💬"),
    ("sales-assistant", "Sales Assistant", "Finds out what people need and drafts offers", "🛍"),
    ("operations-manager", "Operations Manager", "Stock, suppliers, routines and deadlines", "📦"),
    ("hr-admin", "HR & Admin", "Documents, rotas and starting new people", "📋"),
    ("social-media", "Social Media", "Ideas, drafts and the calendar; Rosa publishes", "📣"),
)
OPEN = Glance(
    "open",
    NOW - 6 * DAY,
    "Café Rosa",
    tuple(Staff(row[0], row[1]) for row in ROLES),
    ("whatsapp",),
    "2026.9.6",
    NOW - 6 * DAY,
    "openai/gpt-6-sol",
    "OpenAI",
    NOW - 2 * HOUR,
    NOW - 3 * HOUR,
    None,
    Today(
        "2026-11-20",
        41,
        3,
        0,
        NOW + 16.5 * HOUR,
        0,
        {"luna": NOW - 5, "customer-support": NOW - 4 * MINUTE, "social-media": NOW - 3 * HOUR},
        ("luna",),
    ),
    NOW - 2,
    last_proven=NOW - 20 * HOUR,
)
STOPPED = Trouble("stopped", "The Gateway does not run.", "lunatui gateway start", "gateway.start")
CLOSED = replace(
    OPEN, state="closed", since=NOW - 291 * MINUTE, trouble=STOPPED, last_open=NOW - 292 * MINUTE, today=None
)
NEW = replace(
    OPEN,
    state="new",
    since=None,
    business="",
    agents=(),
    channels=(),
    engine="",
    up_since=None,
    model="",
    provider="",
    last_change=None,
    last_backup=None,
    today=None,
    trouble=Trouble("not-set-up", "Nothing is set up.", "lunatui"),
)

AGENTS = tuple(
    AgentRow(
        agent,
        name,
        role,
        sign,
        "openai/gpt-6-sol",
        agent == "luna",
        agent == "luna",
        ("whatsapp",) if agent in ("luna", "customer-support") else (),
    )
    for agent, name, role, sign in ROLES
)
IDENTITY = """# IDENTITY.md

- **Name:** {0.name}
- **Sign:** {0.emoji}
"""
SOUL = """# SOUL.md

You are calm, kind and brief. You never promise what the café cannot keep.

## What matters

- Say what you know, and say so when you do not know it.
- A complaint is answered within the hour and noted for Rosa.
"""


def detail_of(params: Any) -> AgentDetail:
    """One of the staff in full."""
    agent = next((row for row in AGENTS if row.id == params.agent), AGENTS[0])
    agent = agent if agent.id == params.agent else replace(agent, id=params.agent)
    texts = (
        AgentText("IDENTITY.md", "present", IDENTITY.format(agent)),
        AgentText("SOUL.md", "present", SOUL),
        AgentText("MEMORY.md", "missing", ""),
    )
    return AgentDetail(
        agent, agent.id, f"/home/rosa/.openclaw/workspace-{agent.id}", "messaging", None, texts
    )


PROVIDERS = (
    ProviderRow(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        ("gpt-6-sol", "gpt-6-luna"),
        "OpenClaw's store",
        default=True,
        key_kind="store",
        tested=Trial("2026-11-20T12:20:00+00:00", True, "", "", "gpt-6-sol", 1240, 610, 400_000, True),
    ),
    ProviderRow(
        "ollama",
        "Ollama",
        "http://127.0.0.1:11434",
        ("qwen4:14b",),
        "none needed",
        default=False,
        key_kind="none",
    ),
    ProviderRow(
        "anthropic",
        "Anthropic",
        "https://api.anthropic.com",
        ("claude-opus-5",),
        "variable ANTHROPIC_API_KEY",
        default=False,
        key_kind="variable",
        tested=Trial("2026-11-20T09:04:00+00:00", False, "no-credit", "account", "claude-opus-5"),
    ),
)
PROVIDER = ProviderDetail(
    PROVIDERS[0],
    "openai",
    "openai-responses",
    (ProviderModel("gpt-6-sol", "GPT-6 Sol", 400_000), ProviderModel("gpt-6-luna", "GPT-6 Luna", 400_000)),
    (
        Use("agents.defaults.model.primary", "openai/gpt-6-sol", ""),
        Use("agents.entries.luna.model", "openai/gpt-6-luna", "luna"),
    ),
    "openai/gpt-6-sol",
    untested=False,
)
MODELS = ModelList(
    tuple(
        ModelFound(model, model, context, None, tools, price_in, price_out, kept, main, "provider")
        for model, context, tools, price_in, price_out, kept, main in (
            ("openai/gpt-6-sol", 1_050_000, True, 2.0, 10.0, True, True),
            ("openai/gpt-6-luna", 1_050_000, True, 0.25, 2.0, True, False),
            ("openai/gpt-6-astra", 1_050_000, True, 10.0, 50.0, False, False),
            ("ollama/qwen4:14b", 40_960, True, 0.0, 0.0, True, False),
            ("ollama/gemma4:4b", 131_072, False, 0.0, 0.0, False, False),
            ("anthropic/claude-opus-5", 1_000_000, True, 4.0, 20.0, True, False),
        )
    )
)
HERE = FoundServers(
    (
        FoundServer("ollama", "http://127.0.0.1:11434", ("qwen4:14b", "gemma4:4b")),
        FoundServer("lmstudio", "http://127.0.0.1:1234/v1", ("local-model",)),
    )
)
A_DAY = ModelEstimate("openai/gpt-6-sol", 2.0, 10.0, "30m", 48.0, 20_000, 300, 2.06, 61.92, "")


def models_of(params: Any) -> ModelList:
    """All of them, or those of one brain."""
    of = params.provider
    return ModelList(tuple(row for row in MODELS.models if not of or row.model.startswith(f"{of}/")))


def estimate_of(params: Any) -> ModelEstimate:
    """What a day costs; of a template with what suits its role."""
    found = replace(A_DAY, model=params.model or A_DAY.model)
    tasks = replace(found, scheduled_runs_a_day=0.857, scheduled_dollars_a_day=0.037)
    return tasks if params.template else found


TESTED = ProviderTest(
    "openai",
    True,
    (
        ProviderStep("reach", "ok", 210),
        ProviderStep("auth", "ok", 210),
        ProviderStep("completion", "ok", 1240),
        ProviderStep("tool", "ok", 1630),
        ProviderStep("openclaw", "ok", 1480),
    ),
    model="gpt-6-sol",
    milliseconds=1240,
    first_milliseconds=610,
    context_window=400_000,
    tools=True,
)
TEST_FAILED = ProviderTest(
    "openai",
    False,
    (
        ProviderStep("reach", "ok", 190),
        ProviderStep("auth", "failed", 190, "The key was not accepted.", "", "wrong-key"),
        ProviderStep("completion", "skipped"),
        ProviderStep("tool", "skipped"),
        ProviderStep("openclaw", "failed", 0, "Tested by OpenClaw: the key was refused.", "", "auth"),
    ),
    "key",
    "wrong-key",
    "The key was not accepted.",
    "Copy the key again, or make a new one.",
)
TEMPLATES = TemplateList(tuple(TemplateRow(*row) for row in ROLES))
BRAINS = Brains(
    (
        Brain(
            "openai",
            "OpenAI",
            "required",
            "https://platform.openai.com/api-keys",
            True,
            (BrainModel("gpt-6-sol", "GPT-6 Sol", ""), BrainModel("gpt-6-luna", "GPT-6 Luna", "")),
        ),
        Brain(
            "anthropic",
            "Anthropic",
            "required",
            "https://console.anthropic.com/settings/keys",
            True,
            (BrainModel("claude-opus-5", "Claude Opus 5", ""),),
        ),
        Brain(
            "ollama",
            "Ollama",
            "optional",
            "",
            True,
            (BrainModel("qwen4:14b", "qwen4:14b", ""), BrainModel("llama5", "llama5", "")),
            found=True,
        ),
        Brain(
            "openrouter",
            "OpenRouter",
            "required",
            "https://openrouter.ai/keys",
            True,
            (BrainModel("auto", "Auto", ""),),
        ),
        Brain("custom", "Another address", "optional", "", False, ()),
    )
)
BUSINESS = Business(
    "Café Rosa",
    "A neighbourhood café with home-made cakes",
    "Tuesday to Sunday, 8:00 to 18:00",
    "warm and brief",
    "English",
    "Rosa",
    "Europe/London",
)
READY = SetupState(
    True, "2026.9.6", "openai/gpt-6-sol", tuple(row[0] for row in ROLES), "2026-11-14T08:00:00Z"
)

SETUP_PLAN = SetupPlan(
    (
        PlannedStep("engine.install", "", "/home/rosa/.lunatui/engine", "install OpenClaw 2026.9.6"),
        PlannedStep("gateway.configure", "", "gateway", "loopback, password"),
        PlannedStep("gateway.start", "", "gateway", "start"),
        PlannedStep("providers.add", "OpenAI", "providers.openai", "add"),
        PlannedStep("agents.create", "Luna", "agent luna", "create"),
        PlannedStep("agents.create", "Customer Support", "agent customer-support", "create"),
    ),
    needs_key=True,
)
NO_TALK = TalkSoFar("luna", "agent:luna:main", (), False, "", "")
NO_DRAFT = MessageDraft("luna", "", kept=True)
SUMMARY = SetupSummary(
    "Café Rosa",
    "owner",
    "OpenAI",
    "gpt-6-sol",
    tuple(row[1] for row in ROLES),
    "2026.9.6",
    (),
    ("lines",),
    "2026-11-20T14:30:00Z",
)

ANSWERS: dict[str, Any] = {
    "agents.list": AgentList(AGENTS),
    "agents.show": detail_of,
    "agents.archive": AgentChanged("social-media", changed=True, state="saved and in use"),
    "agents.create": AgentChanged("sales-2", changed=True, state="saved and in use"),
    "providers.list": ProviderList(
        "openai/gpt-6-sol", PROVIDERS, ("anthropic/claude-opus-5", "ollama/qwen4:14b"), "openai/gpt-6-luna"
    ),
    "providers.test": TESTED,
    "providers.show": PROVIDER,
    "models.list": models_of,
    "providers.add": ProviderAdded("openai", ("gpt-6-sol",), "", "saved and in use", ()),
    "providers.detect": HERE,
    "models.estimate": estimate_of,
    "templates.list": TEMPLATES,
    "settings.show": BUSINESS,
    "setup.status": READY,
    "setup.draft": Draft(),
    "setup.answer": Draft(),
    "setup.brains": BRAINS,
    "setup.type": Draft(),
    "setup.plan": SETUP_PLAN,
    "setup.summary": SUMMARY,
    "setup.sheet": WrittenSheet("/home/rosa/Desktop/luna.html", 14),
    "setup.remind": Reminders(("lines",)),
    "settings.choices": Choices(),
    "settings.look": Choices(),
    "settings.keys": OwnKeys(()),
    "settings.brand": Brand(),
    "audit.list": AuditRecords(()),
    "chat.history": NO_TALK,
    "chat.stop": Stopped(stopped=True),
    "chat.draft": NO_DRAFT,
    "chat.keep": NO_DRAFT,
    "chat.follow": Unreachable("The Gateway does not answer."),
    "undo.last": Undone("01", "agents.update", ("description of Luna",)),
}
PLANS: dict[str, Any] = {
    "agents.create": Plan(
        "agents.create",
        (
            Change("agent luna-2", "create “Luna”"),
            Change("agents.list", "one more: luna-2"),
            Change("/home/rosa/.openclaw/workspace-luna-2", "5 files"),
        ),
    ),
    "agents.archive": Plan(
        "agents.archive",
        (Change("agent customer-support", "archive"),),
        (
            Note("schedules-move", "“luna” gets its schedules.", names="Morning summary, Open complaints"),
            Note(
                "routing-moves",
                "On whatsapp, everyone: Customer Support → Luna.",
                channel="whatsapp",
                account="",
                kind="everyone",
                who="",
                before="Customer Support",
                after="Luna",
            ),
            Note("talks-stay", "Its conversations stay."),
        ),
    ),
    "undo.last": Plan("undo.last", (Change("agent luna", "description: back to what it was"),)),
}
