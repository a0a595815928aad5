"""The brains: the list, one in full, a test, a choice, and a new one."""

from __future__ import annotations

from appliance.errors import Invalid, LunaError, Note
from appliance.ops.core import Change, Plan
from appliance.ops.models import ModelList
from appliance.ops.provider_kinds import FoundServers
from appliance.ops.providers import ProviderList
from tests.gallery.cafe import PROVIDERS, TEST_FAILED
from tests.gallery.scene import NARROW, SEEN, WAITS, Scene, Step, ends, later, typed

ADDED = Plan(
    "providers.add",
    (
        Change("models.providers.lmstudio.baseUrl", "http://127.0.0.1:1234/v1"),
        Change("models.providers.lmstudio.models", "local-model"),
        Change("OpenClaw's store", "keep the key", "after restart"),
    ),
    ("The address is not encrypted: keep it inside this building.",),
)
UNREACHED = LunaError("OpenAI: nothing is listening.", code="provider-refused")
REMOVED = Plan(
    "providers.remove",
    (
        Change("agents.defaults.model.primary", "openai/gpt-6-sol → ollama/qwen4:14b"),
        Change("models.providers.openai", "gone"),
    ),
    (Note("brain-key-goes", "Its key is removed from OpenClaw's store."),),
)
NO_BRAIN = ProviderList("", ())
NO_MODEL_YET = ProviderList("", PROVIDERS[1:])


def providers(state: str, *play: Step, **more: object) -> Scene:
    """A scene that opens with the list."""
    return Scene("providers", state, play, first="providers", **more)  # type: ignore[arg-type]


TO_CUSTOM = ("n", "end", "enter")
TO_MODELS = ("n", "enter", *typed("sk-test"), "enter", SEEN, "enter")
SCENES = (
    providers("list", held=2),
    providers("loading", answers={"providers.list": WAITS}, sizes=(NARROW,)),
    providers("empty", answers={"providers.list": ProviderList("", ())}, held=2),
    providers("error", answers={"providers.list": Invalid("The settings file is damaged.")}, sizes=(NARROW,)),
    providers("none-chosen", answers={"providers.list": NO_MODEL_YET}),
    providers("detail", "enter"),
    providers("technical", "d", held=2),
    providers("testing", "t", later(4), answers={"providers.test": WAITS}, held=2),
    providers("testing-slow", "t", later(20), answers={"providers.test": WAITS}, sizes=(NARROW,)),
    providers("testing-stuck", "t", later(70), answers={"providers.test": WAITS}, sizes=(NARROW,)),
    providers("tested", "t"),
    providers("test-failed", "t", answers={"providers.test": TEST_FAILED}, held=2),
    providers(
        "test-impossible",
        "t",
        ends(LunaError("The Gateway does not answer.", hint="lunatui gateway start")),
        answers={"providers.test": WAITS},
        sizes=(NARROW,),
    ),
    providers("choose-model", "space"),
    providers("edit-address", "e", held=2),
    providers("edit-failed", "e", "enter", "enter", "enter", plans={"providers.update": UNREACHED}),
    providers("remove-instead", "x"),
    providers("remove-review", "x", "enter", plans={"providers.remove": REMOVED}),
    providers("models", "m", held=2),
    providers("models-loading", "m", answers={"models.list": WAITS}),
    providers("models-empty", "m", answers={"providers.list": NO_BRAIN, "models.list": ModelList(())}),
    providers("models-reserve", "m", "j", "j"),
    providers("new-kind", "n", held=2),
    providers("new-address", *TO_CUSTOM),
    providers("found-here", "f", held=2),
    providers("found-nothing", "f", answers={"providers.detect": FoundServers(())}),
    providers("found-german", "f", words="de"),
    providers("new-models", *TO_MODELS, plans={"providers.add": ADDED}, held=2),
    providers("new-models-german", *TO_MODELS, plans={"providers.add": ADDED}, words="de"),
    providers("new-key", "n", "enter", *typed("sk-test-0123456789")),
    providers(
        "new-key-refused",
        "n",
        "enter",
        *typed("sk-wrong"),
        "enter",
        plans={
            "providers.add": LunaError(
                "The key was refused.",
                code="provider-auth",
                hint="Make a new one at https://platform.openai.com/api-keys.",
            )
        },
    ),
    providers("new-review", "n", "enter", *typed("sk-test"), "enter", plans={"providers.add": ADDED}, held=2),
)
