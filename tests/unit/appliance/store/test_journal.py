"""Operations over several files: all or nothing, whatever happens in between."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.errors import Conflict, Invalid, LunaError, Usage
from appliance.places import private_dir
from appliance.store import plans
from appliance.store.config import ConfigStore
from appliance.store.disk import Disk
from appliance.store.edits import MISSING, Edit
from appliance.store.journal import EditConfig, Journal, MakeDir, MoveToTrash, WriteFile
from tests.safety import kills
from tests.unit.appliance.store.conftest import CONFIG

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.places import Places
    from appliance.store.journal import Step

ENTRY = ("agents", "entries", "ada")


def creation(places: Places) -> list[Step]:
    """An agent with a folder and two texts."""
    folder = places.state_dir / "workspaces" / "ada"
    return [
        MakeDir(folder.parent),
        MakeDir(folder),
        WriteFile(folder / "SOUL.md", b"gentle"),
        WriteFile(folder / "IDENTITY.md", b"Ada"),
        EditConfig((Edit(ENTRY, {"name": "Ada", "workspace": str(folder)}),)),
    ]


def removal(places: Places) -> list[Step]:
    """The same agent gone again."""
    return [
        EditConfig((Edit(ENTRY, MISSING),)),
        MoveToTrash(places.state_dir / "workspaces" / "ada"),
    ]


@pytest.fixture
def journal(places: Places, store: ConfigStore) -> Journal:
    """A journal on the box of `store`."""
    return Journal(places, store)


def tree(folder: Path) -> dict[str, bytes]:
    """Everything below `folder` but OpenClaw's lock."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


def test_creates_texts_first_and_the_entry_last(journal: Journal, places: Places, store: ConfigStore) -> None:
    result = journal.run("agents.create", creation(places), actor="human:ada")
    folder = places.state_dir / "workspaces" / "ada"
    assert (folder / "SOUL.md").read_bytes() == b"gentle"
    assert (folder / "SOUL.md").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert store.read().document.get((*ENTRY, "name")) == "Ada"
    assert result.saved is not None
    assert result.kept == ()
    assert result.done[-1] == "changed openclaw.json"
    assert store.backups.list()[0].operation == "agents.create"
    assert journal.recover() == ()


def test_what_is_finished_is_noted_without_contents_and_values(journal: Journal, places: Places) -> None:
    result = journal.run("agents.create", creation(places), actor="human:ada")
    (entry,) = (places.journal_dir / "finished").iterdir()
    assert entry.name == result.id
    plan = json.loads((entry / "plan.json").read_text())
    assert (plan["operation"], plan["actor"], plan["outcome"]) == ("agents.create", "human:ada", "done")
    everything = b"".join(path.read_bytes() for path in entry.iterdir())
    assert b"gentle" not in everything
    assert b'"Ada"' not in everything


def test_removes_the_entry_first_and_moves_the_folder_to_the_trash(
    journal: Journal, places: Places, store: ConfigStore
) -> None:
    journal.run("agents.create", creation(places), actor="human:ada")
    result = journal.run("agents.archive", removal(places), actor="human:ada")
    assert store.read().document.get(ENTRY) is MISSING
    assert not (places.state_dir / "workspaces" / "ada").exists()
    assert (places.trash_dir / result.id / "0001-ada" / "SOUL.md").read_bytes() == b"gentle"


def test_an_invalid_entry_leaves_nothing(journal: Journal, places: Places) -> None:
    before = tree(places.state_dir)
    steps = [*creation(places)[:-1], EditConfig((Edit((*ENTRY, "nonsense"), 1),))]
    with pytest.raises(Invalid):
        journal.run("agents.create", steps, actor="human:ada")
    assert tree(places.state_dir) == before
    assert journal.recover() == ()


def test_a_file_in_the_way_is_never_overwritten(journal: Journal, places: Places) -> None:
    target = places.state_dir / "workspaces" / "ada" / "IDENTITY.md"
    target.parent.mkdir(parents=True)
    target.write_text("somebody's")
    before = tree(places.state_dir)
    with pytest.raises(Conflict) as caught:
        journal.run("agents.create", creation(places), actor="human:ada")
    assert caught.value.code == "file-exists"
    assert tree(places.state_dir) == before


def test_a_file_that_appears_in_the_middle_is_kept_and_the_rest_undone(
    journal: Journal, places: Places, store: ConfigStore
) -> None:
    target = places.state_dir / "workspaces" / "ada" / "IDENTITY.md"

    def appear(step: str) -> None:
        if step == "j3-step-3":
            target.write_text("somebody's")

    with pytest.raises(Conflict):
        Journal(places, store, appear).run("agents.create", creation(places), actor="human:ada")
    assert target.read_text() == "somebody's"
    assert [path.name for path in target.parent.iterdir()] == ["IDENTITY.md"]
    assert store.read().data == CONFIG
    assert journal.recover() == ()


def test_a_file_moved_away_first_may_be_written_anew(journal: Journal, places: Places) -> None:
    note = places.state_dir / "note"
    note.write_bytes(b"old")
    result = journal.run("notes", [MoveToTrash(note), WriteFile(note, b"new")], actor="human:ada")
    assert note.read_bytes() == b"new"
    assert (places.trash_dir / result.id / "0000-note").read_bytes() == b"old"


@pytest.mark.parametrize(
    "steps",
    [
        lambda _places: [EditConfig(()), EditConfig(())],
        lambda places: [EditConfig(()), WriteFile(places.state_dir / "x", b"")],
        lambda places: [MoveToTrash(places.state_dir / "x"), EditConfig(())],
    ],
    ids=["two-edits", "made-after", "removed-before"],
)
def test_an_order_that_a_kill_could_hurt_is_refused(
    journal: Journal, places: Places, steps: Callable[[Places], list[Step]]
) -> None:
    with pytest.raises(Usage) as caught:
        journal.run("x", steps(places), actor="human:ada")
    assert caught.value.code == "journal-order"


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("make", "kind"), [(creation, "create"), (removal, "archive")], ids=["create", "archive"]
)
def test_a_kill_at_any_step_is_finished_or_undone_at_the_next_start(
    journal: Journal, places: Places, store: ConfigStore, make: Callable[[Places], list[Step]], kind: str
) -> None:
    if kind == "archive":
        journal.run("agents.create", creation(places), actor="human:ada")
    before = tree(places.state_dir)

    def work(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        own = ConfigStore(places, env={}, hook=hook)
        Journal(places, own, hook).run(f"agents.{kind}", make(places), actor="human:ada")
        acknowledge("done")

    def restore() -> None:
        undo = removal(places) if kind == "create" else creation(places)
        journal.run("back", undo, actor="human:ada")

    whole = kills.run_to_end(work)
    assert (whole.error, whole.acknowledged) == ("", ("done",))
    config = places.config_path.read_bytes()
    done = {name: data for name, data in tree(places.state_dir).items() if name != "openclaw.json"}
    restore()
    outcomes: set[str] = set()
    for number in itertools.count():
        ending = kills.kill_at_step(work, number)
        if not ending.killed:
            break
        outcomes |= _recover_killed_everywhere(places)
        store.sweep()
        assert journal.recover() == ()
        now = tree(places.state_dir)
        text = now.pop("openclaw.json")
        if text == config:
            assert now == done, ending.steps[-1]
            restore()
        else:
            assert now == {name: data for name, data in before.items() if name != "openclaw.json"} | (
                {"workspaces": b""} if "workspaces" in now else {}
            ), ending.steps[-1]
    assert number > 15
    assert outcomes == {"discarded", "rolled-back", "rolled-forward"}


def _recover_killed_everywhere(places: Places) -> set[str]:
    """Recovery may be killed too, at each of its steps, and still ends well; returns how entries ended."""

    def recover(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        for item in Journal(places, ConfigStore(places, env={}, hook=hook), hook).recover():
            assert item.kept == ()
            acknowledge(item.outcome)

    for number in itertools.count():
        ending = kills.kill_at_step(recover, number)
        assert ending.error == ""
        if not ending.killed:
            return set(ending.acknowledged)
    raise AssertionError("unreachable")


@pytest.mark.parametrize("plan", [b"", b"{", b"[]", b"{}", b'{"steps": [{}]}', b'{"steps": 3}'])
def test_a_plan_that_cannot_be_understood_is_never_guessed_at(
    journal: Journal, places: Places, plan: bytes
) -> None:
    entry = places.journal_dir / "20260101T000000000000Z-0123abcd"
    entry.mkdir(parents=True)
    (entry / "plan.json").write_bytes(plan)
    (entry / "READY").touch()
    with pytest.raises(LunaError) as caught:
        journal.recover()
    assert caught.value.code == "journal-damaged"
    assert str(entry) in caught.value.hint
    (entry / "READY").unlink()
    assert [item.outcome for item in journal.recover()] == ["discarded"]
    assert not entry.exists()


def test_what_a_person_changed_since_is_kept_and_named(
    journal: Journal, places: Places, store: ConfigStore
) -> None:
    folder = places.state_dir / "workspaces" / "ada"

    def work(hook: Callable[[str], None], _acknowledge: Callable[[str], None]) -> None:
        Journal(places, ConfigStore(places, env={}), hook).run("agents.create", creation(places), actor="x")

    before_the_edit = kills.run_to_end(work).steps.index("j3-step-4")
    journal.run("back", removal(places), actor="x")
    assert kills.kill_at_step(work, before_the_edit).killed
    (folder / "SOUL.md").write_text("mine now")
    (folder / "extra.md").write_text("mine too")
    (recovered,) = journal.recover()
    assert recovered.outcome == "rolled-back"
    assert (folder / "SOUL.md").read_text() == "mine now"
    assert not (folder / "IDENTITY.md").exists()
    assert any("SOUL.md was kept" in sentence for sentence in recovered.kept)
    assert any("extra.md" in sentence for sentence in recovered.kept)
    assert store.read().document.get(ENTRY) is MISSING


def test_an_agent_edited_before_the_next_start_keeps_its_files(
    journal: Journal, places: Places, store: ConfigStore
) -> None:
    """The entry was saved, the kill came before that was noted, and somebody renamed the agent since."""

    def work(hook: Callable[[str], None], _acknowledge: Callable[[str], None]) -> None:
        Journal(places, ConfigStore(places, env={}), hook).run("agents.create", creation(places), actor="x")

    def die(hook: Callable[[str], None], _acknowledge: Callable[[str], None]) -> None:
        def only_saved(step: str) -> None:
            if step == "j4-config-saved":
                hook(step)

        work(only_saved, _acknowledge)

    assert kills.kill_at_step(die, 0).killed
    store.save(store.prepare([Edit((*ENTRY, "name"), "Ada L.")]), operation="config.set")
    (recovered,) = journal.recover()
    assert recovered.outcome == "rolled-forward"
    assert (places.state_dir / "workspaces" / "ada" / "SOUL.md").exists()


@pytest.mark.timeout(60)
def test_recovery_of_many_entries_is_quick_and_keeps_fifty(journal: Journal, places: Places) -> None:
    for number in range(53):
        journal.run("notes", [WriteFile(places.state_dir / f"note{number}", b"x")], actor="x")
    assert len(list((places.journal_dir / "finished").iterdir())) == 50
    for number in range(100):
        (places.journal_dir / f"2026-{number:03d}").mkdir(mode=0o700)
    assert {item.outcome for item in journal.recover()} == {"discarded"}


def test_check_touches_nothing(journal: Journal, places: Places) -> None:
    before = tree(places.home.parent)
    prepared = journal.check(creation(places))
    assert prepared is not None
    assert prepared.changes
    assert tree(places.home.parent) == before
    assert journal.check([]) is None


def test_something_in_the_trash_comes_back_only_to_a_free_place(
    places: Places, store: ConfigStore, journal: Journal
) -> None:
    note = places.state_dir / "note"
    note.write_bytes(b"old")

    def fail(step: str) -> None:
        if step == "j3-step-1":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Journal(places, store, fail).run(
            "notes", [MoveToTrash(note), WriteFile(places.state_dir / "other", b"x")], actor="x"
        )
    assert note.read_bytes() == b"old"
    assert journal.recover() == ()


def cut_off_at(places: Places, step: str, steps: list[Step]) -> Path:
    """An operation killed right before `step`; its entry."""

    def work(hook: Callable[[str], None], _acknowledge: Callable[[str], None]) -> None:
        def only(name: str) -> None:
            if name == step:
                hook(name)

        Journal(places, ConfigStore(places, env={}, hook=only), only).run("agents.x", steps, actor="x")

    assert kills.kill_at_step(work, 0).killed
    (entry,) = places.journal_dir.glob("[0-9]*")
    return entry


def test_an_end_cut_off_before_its_mark_is_not_judged_anew(
    journal: Journal, places: Places, store: ConfigStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note of the end holds no values, so that nothing could be told from the settings any more."""
    folder = places.state_dir / "workspaces" / "ada"
    edits = EditConfig((Edit(ENTRY, {"workspace": str(folder)}), Edit(("gateway", "port"), 18790)))
    entry = cut_off_at(places, "j4-config-saved", [*creation(places)[:-1], edits])

    def refuse(*_arguments: object) -> None:
        raise OSError("cut off")

    with monkeypatch.context() as cut:
        cut.setattr(plans, "mark", refuse)
        with pytest.raises(LunaError):
            journal.recover()
    assert plans.load(entry, store.disk) is not None
    (found,) = journal.recover()
    assert found.outcome == "finished"
    assert (folder / "SOUL.md").read_bytes() == b"gentle"


def test_an_entry_that_counts_no_more_never_seems_damaged(
    journal: Journal, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discarding stops after any file: without its plan, an entry must not look as if it counted."""
    journal.run("agents.create", creation(places), actor="human:ada")
    (finished,) = (places.journal_dir / "finished").iterdir()
    entry = places.journal_dir / finished.name
    remaining = len(list(finished.iterdir()))
    assert remaining > 2
    remove = Path.unlink
    for allowed in range(remaining):
        shutil.copytree(finished, entry, dirs_exist_ok=True)
        left = [allowed]

        def some(path: Path, missing_ok: bool = False, *, left: list[int] = left) -> None:
            if path.parent == entry:
                if not left[0]:
                    raise OSError("cut off")
                left[0] -= 1
            remove(path, missing_ok)

        with monkeypatch.context() as cut:
            cut.setattr(Path, "unlink", some)
            with contextlib.suppress(LunaError, OSError):
                plans.discard(entry, Disk())
        for found in journal.recover():
            assert found.outcome in ("finished", "discarded")
        assert not entry.exists()


def test_a_text_that_a_cut_left_under_both_names_goes_all_the_way(journal: Journal, places: Places) -> None:
    journal.run("agents.create", creation(places), actor="human:ada")
    text = places.state_dir / "workspaces" / "ada" / "SOUL.md"
    steps: list[Step] = [EditConfig((Edit(("gateway", "port"), 18790),)), MoveToTrash(text)]
    entry = cut_off_at(places, "j3-step-1", steps)
    target = places.trash_dir / entry.name / "0001-SOUL.md"
    private_dir(target.parent)
    target.hardlink_to(text)
    journal.recover()
    assert not text.exists()
    assert (target.read_bytes(), target.stat().st_nlink) == (b"gentle", 1)
