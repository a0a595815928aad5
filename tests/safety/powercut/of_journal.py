"""Promise 5: an operation over several files is finished or undone at the next start, itself cut or not."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.places import private_dir
from appliance.store import plans
from appliance.store.config import ConfigStore
from appliance.store.disk import Disk
from appliance.store.edits import MISSING, Edit
from appliance.store.journal import (
    EditConfig,
    FetchBack,
    Journal,
    MakeDir,
    MoveToTrash,
    ReplaceFile,
    WriteFile,
)
from tests.safety import json5_oracle as oracle
from tests.safety import kills
from tests.safety.powercut.of_store import CONFIG, check_clean, check_config, full_box
from tests.safety.powercut.recorder import DEAD_PID
from tests.safety.powercut.scenario import Found, Say, Scenario, start_again

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.store.journal import Step
    from tests.safety.boxes import Box

TEXTS = {"SOUL.md": b"gentle " * 10, "IDENTITY.md": b"Ada"}
REPLACED, MORE = b"stern " * 20, b"more"


def creation(box: Box) -> list[Step]:
    """An agent: two folders, two texts, a new entry, and a setting that had another value."""
    folder = box.places.state_dir / "workspaces" / "ada"
    entry = {"name": "Ada", "workspace": str(folder)}
    return [
        MakeDir(folder.parent),
        MakeDir(folder),
        *(WriteFile(folder / name, text) for name, text in TEXTS.items()),
        EditConfig((Edit(("agents", "entries", "ada"), entry), Edit(("env", "vars", "FIRST"), "1"))),
    ]


def removal(box: Box) -> list[Step]:
    """The same agent gone again."""
    return [
        EditConfig((Edit(("agents", "entries", "ada"), MISSING), Edit(("env", "vars", "FIRST"), "2"))),
        MoveToTrash(box.places.state_dir / "workspaces" / "ada"),
    ]


def comeback(box: Box) -> list[Step]:
    """The agent's folder comes back out of the trash, and then its entry."""
    folder = box.places.state_dir / "workspaces" / "ada"
    (kept,) = box.places.trash_dir.glob("*/*-ada")
    entry = EditConfig((Edit(("agents", "entries", "ada"), {"name": "Ada", "workspace": str(folder)}),))
    return [FetchBack(kept, folder), entry]


def fetch_text(box: Box) -> list[Step]:
    """One text comes back out of the trash, and a setting that belongs to it."""
    (kept,) = box.places.trash_dir.glob("*/*-SOUL.md")
    text = box.places.state_dir / "workspaces" / "ada" / "SOUL.md"
    return [FetchBack(kept, text), EditConfig((Edit(("env", "vars", "FIRST"), "6"),))]


def replacement(box: Box) -> list[Step]:
    """A text of that agent goes to the trash and is written anew; a setting follows."""
    text = box.places.state_dir / "workspaces" / "ada" / "SOUL.md"
    edit = EditConfig((Edit(("env", "vars", "FIRST"), "3"),))
    return [MoveToTrash(text), WriteFile(text, REPLACED), WriteFile(text.with_name("MORE.md"), MORE), edit]


def rewriting(box: Box) -> list[Step]:
    """A text of that agent is replaced where it stands, once a copy of it is kept."""
    text = box.places.state_dir / "workspaces" / "ada" / "SOUL.md"
    folder = box.places.home / "texts"
    kept, old = folder / "SOUL.md", TEXTS["SOUL.md"]
    was = hashlib.sha256(old).hexdigest()
    return [MakeDir(folder), WriteFile(kept, old), ReplaceFile(text, REPLACED, kept, was)]


def clearance(box: Box) -> list[Step]:
    """A setting goes, and then the text that belonged to it."""
    edit = EditConfig((Edit(("env", "vars", "FIRST"), "4"),))
    return [edit, MoveToTrash(box.places.state_dir / "workspaces" / "ada" / "SOUL.md")]


def addition(box: Box) -> list[Step]:
    """One more text in a folder that is there, and a setting that belongs to it."""
    text = box.places.state_dir / "workspaces" / "ada" / "MORE.md"
    return [WriteFile(text, MORE), EditConfig((Edit(("env", "vars", "FIRST"), "5"),))]


def journal_of(box: Box, hook: Callable[[str], None] = lambda _step: None) -> Journal:
    return Journal(box.places, ConfigStore(box.places, env={}, hook=hook), hook)


def run(steps: Callable[[Box], list[Step]]) -> Callable[[Box, Say], None]:
    """One operation over several files."""

    def work(box: Box, say: Say) -> None:
        journal_of(box).run("agents.change", steps(box), actor="human:ada")
        say("saved")

    return work


def staffed_box(box: Box) -> None:
    full_box(box)
    journal_of(box).run("agents.create", creation(box), actor="human:ada")


def left_box(box: Box) -> None:
    """The agent is gone, its folder lies in the trash."""
    staffed_box(box)
    journal_of(box).run("agents.archive", removal(box), actor="human:ada")


def cleared_box(box: Box) -> None:
    """One text of the agent lies in the trash."""
    staffed_box(box)
    journal_of(box).run("agents.change", clearance(box), actor="human:ada")


def cut_off(
    prepare: Callable[[Box], None], steps: Callable[[Box], list[Step]], step: str
) -> Callable[[Box], None]:
    """A box on which an operation was killed right before `step`."""

    def prepared(box: Box) -> None:
        prepare(box)
        pid_of_child = os.getpid

        def kill_at(name: str) -> None:
            if name == step:
                os.kill(pid_of_child(), signal.SIGKILL)

        def work(_hook: Callable[[str], None], _acknowledge: Callable[[str], None]) -> None:
            os.getpid = lambda: DEAD_PID
            journal_of(box, kill_at).run("agents.change", steps(box), actor="human:ada")

        ending = kills.run_to_end(work)
        assert ending.killed, f"{step} was never reached {ending.error}"

    return prepared


def half_moved(box: Box) -> None:
    """A box on which a cut left a text both in its place and in the trash."""
    cut_off(staffed_box, clearance, "j3-step-1")(box)
    (entry,) = box.places.journal_dir.glob("[0-9]*")
    plan = plans.load(entry, Disk())
    assert plan is not None
    source, target = Path(plan.steps[-1].path), Path(plan.steps[-1].to)
    private_dir(target.parent)
    os.link(source, target)


def half_finished(box: Box) -> None:
    """A box on which a cut left a closed entry in its old place as well."""
    staffed_box(box)
    (entry,) = (box.places.journal_dir / "finished").iterdir()
    shutil.copytree(entry, box.places.journal_dir / entry.name)


def recover(box: Box, say: Say) -> None:
    start_again(box)
    say("recovered")


def check_settled(found: Found) -> None:
    """The configuration is whole, what was begun is ended, and the plan was complete before it counted."""
    check_config(found)
    check_plans(found)
    check_clean(found)
    check_config(found)
    folder = found.box.places.journal_dir
    left = {path.name for path in folder.iterdir()} if folder.exists() else set()
    assert left <= {"finished"}, f"still open: {left}"


def check_plans(found: Found) -> None:
    """An entry that counts has its plan and all staged contents."""
    for entry in found.box.places.journal_dir.glob("[0-9]*"):
        if (entry / plans.READY).exists() and not (entry / plans.DONE).exists():
            plan = plans.load(entry, Disk())
            assert plan is not None, "a plan that counts cannot be read"
            for step in plan.steps if not plan.outcome else ():
                if step.staged:
                    content = (entry / step.staged).read_bytes()
                    assert hashlib.sha256(content).hexdigest() == step.sha256, "a staged content is torn"


def check_agent(found: Found) -> None:
    """The agent is in the configuration with all its files, or is not, and its folder is gone."""
    places = found.box.places
    folder = places.state_dir / "workspaces" / "ada"
    if b"ada" in places.config_path.read_bytes():
        assert texts_in(folder) == TEXTS, "OpenClaw would start an agent without its files"
    check_settled(found)
    if b"ada" in places.config_path.read_bytes():
        assert texts_in(folder) == TEXTS, "an agent without its files"
        return
    assert not folder.exists(), "files without an agent"
    if b"ada" in found.trace.before[CONFIG] or {"removal", "comeback"} & set(
        found.trace.scenario.name.split()
    ):
        (kept,) = places.trash_dir.glob("*/*-ada")
        assert texts_in(kept) == TEXTS, "the trash lost what was moved there"


def check_text(found: Found) -> None:
    """The new text goes with the new setting, the old one with the old, and the old one is never lost."""
    check_settled(found)
    places = found.box.places
    texts = texts_in(places.state_dir / "workspaces" / "ada")
    trashed = [path.read_bytes() for path in places.trash_dir.glob("*/*-SOUL.md")]
    value = oracle.find(oracle.read(places.config_path.read_text()).root, ("env", "vars", "FIRST"))
    assert value is not None
    match value.value:
        case "3":
            assert texts == {**TEXTS, "SOUL.md": REPLACED, "MORE.md": MORE}
        case "4":
            assert texts == {"IDENTITY.md": TEXTS["IDENTITY.md"]}
        case "6":
            assert texts == TEXTS
            assert not trashed, "a text is in two places"
            return
        case other:
            assert texts == {**TEXTS, **({"MORE.md": MORE} if other == "5" else {})}
            return
    assert trashed == [TEXTS["SOUL.md"]], "the trash lost what was moved there"


def check_rewritten(found: Found) -> None:
    """The text is the old one or the new one at every moment, and with the new one the old is kept."""
    places = found.box.places
    folder = places.state_dir / "workspaces" / "ada"
    soul = (folder / "SOUL.md").read_bytes()
    assert soul in (TEXTS["SOUL.md"], REPLACED), "a text is torn"
    check_settled(found)
    kept = texts_in(places.home / "texts")
    if texts_in(folder) == TEXTS:
        assert not kept, "a copy without a reason"
        return
    assert texts_in(folder) == {**TEXTS, "SOUL.md": REPLACED}
    assert kept == {"SOUL.md": TEXTS["SOUL.md"]}, "the text before is lost"


def texts_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def _recovery(steps: Callable[[Box], list[Step]], step: str) -> Scenario:
    prepare = {creation: full_box, comeback: left_box, fetch_text: cleared_box}.get(steps, staffed_box)
    check = check_agent if steps in (creation, removal, comeback) else check_text
    name = f"recovery, {steps.__name__} cut off at {step}"
    return Scenario(name, cut_off(prepare, steps, step), recover, check)


SCENARIOS = (
    Scenario("creation", full_box, run(creation), check_agent),
    Scenario("removal", staffed_box, run(removal), check_agent),
    Scenario("replacement", staffed_box, run(replacement), check_text),
    Scenario("rewriting", staffed_box, run(rewriting), check_rewritten),
    *(
        Scenario(
            f"recovery, rewriting cut off at {step}",
            cut_off(staffed_box, rewriting, step),
            recover,
            check_rewritten,
        )
        for step in ("j3-step-2", "j5-done")
    ),
    Scenario("clearance", staffed_box, run(clearance), check_text),
    Scenario("addition", staffed_box, run(addition), check_text),
    Scenario("comeback", left_box, run(comeback), check_agent),
    Scenario("text fetched back", cleared_box, run(fetch_text), check_text),
    _recovery(comeback, "j3-step-1"),
    _recovery(fetch_text, "11-rename"),
    *(_recovery(creation, step) for step in ("j2-ready", "j3-step-3", "12-sync-folder", "j4-config-saved")),
    *(_recovery(removal, step) for step in ("11-rename", "j4-config-saved", "j3-step-1", "j5-done")),
    _recovery(replacement, "11-rename"),
    _recovery(clearance, "j3-step-1"),
    _recovery(addition, "11-rename"),
    Scenario("recovery, text half moved", half_moved, recover, check_text),
    Scenario("recovery, entry half finished", half_finished, recover, check_settled),
)
