"""Reading, preparing and saving openclaw.json."""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.errors import Conflict, Invalid, LunaError, Refused
from appliance.store.config import ConfigStore
from appliance.store.disk import Disk
from appliance.store.document import MAX_BYTES
from appliance.store.edits import MISSING, Edit, parse_path
from appliance.store.locks import acquire, sidecar_path
from tests.fakes.waiting import LIMIT_S
from tests.unit.appliance.store.conftest import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places
    from appliance.store.save import Saved


def edit(path: str, value: object) -> Edit:
    """An edit by dotted path."""
    return Edit(parse_path(path), value)


def save(store: ConfigStore, path: str, value: object) -> Saved:
    """One setting, prepared and saved."""
    return store.save(store.prepare([edit(path, value)]), operation="config.set", actor="human:ada")


def test_reads_bytes_hash_and_values(store: ConfigStore, places: Places) -> None:
    now = store.read()
    assert now.exists
    assert now.data == CONFIG
    assert now.sha256 == hashlib.sha256(CONFIG).hexdigest()
    assert now.value["messages"] == {"responsePrefix": "hi"}
    assert (now.path, now.real_path) == (places.config_path, places.config_path)


def test_a_missing_file_reads_as_empty_and_is_created_privately(places: Places) -> None:
    store = ConfigStore(places, env={})
    now = store.read()
    assert (now.exists, now.data, now.value) == (False, b"", {})
    saved = save(store, "gateway.mode", "local")
    assert saved.backup is None
    assert places.config_path.read_text() == '{\n  "gateway": {\n    "mode": "local"\n  }\n}\n'
    assert places.config_path.stat().st_mode & 0o777 == 0o600
    assert places.state_dir.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in places.state_dir.iterdir()] == ["openclaw.json"]


def test_a_save_changes_one_value_and_keeps_the_old_version(store: ConfigStore, places: Places) -> None:
    prepared = store.prepare([edit("gateway.port", 19000)])
    assert places.config_path.read_bytes() == CONFIG
    assert [(change.name, change.before, change.after) for change in prepared.changes] == [
        ("gateway.port", 18789, 19000)
    ]
    assert prepared.schema_origin == "shipped 2026.9.6"
    saved = store.save(prepared, operation="config.set", actor="human:ada", why="a test")
    after = CONFIG.replace(b"18789", b"19000")
    assert places.config_path.read_bytes() == after
    assert saved.before_sha256 == hashlib.sha256(CONFIG).hexdigest()
    assert saved.after_sha256 == saved.current_sha256 == hashlib.sha256(after).hexdigest()
    assert saved.backup
    assert store.backups.read(saved.backup) == CONFIG
    (backup,) = store.backups.list()
    assert (backup.operation, backup.actor, backup.why) == ("config.set", "human:ada", "a test")
    assert backup.changed == ("gateway.port",)
    assert not saved.rebased


def test_a_save_without_changes_writes_nothing(store: ConfigStore, places: Places) -> None:
    before = places.config_path.stat()
    prepared = store.prepare([edit("gateway.port", 18789), edit("nothing.here", MISSING)])
    assert prepared.changes == ()
    saved = store.save(prepared, operation="config.set")
    assert saved.before_sha256 == saved.after_sha256
    assert saved.backup is None
    assert places.config_path.stat() == before
    assert not places.home.exists()


def test_the_steps_have_stable_names(store: ConfigStore, places: Places) -> None:
    steps: list[str] = []
    save(ConfigStore(places, env={}, hook=steps.append), "gateway.port", 19000)
    assert steps == [
        "0-prepare",
        "1-locks",
        "1.1-sidecar",
        "2-read",
        "3-compare",
        "4-guard",
        "5-space",
        "6-backup",
        "6.1-backup-named",
        "6.2-manifest",
        "6.3-prune",
        "6.9-stage-known",
        "7-write",
        "8-sync",
        "9-read-back",
        "10-restat",
        "11-rename",
        "12-sync-folder",
        "12.1-known",
        "13-release",
        "14-verify",
    ]


@pytest.mark.parametrize("step", ["7-write", "8-sync", "9-read-back", "10-restat", "11-rename"])
def test_an_interruption_before_the_rename_leaves_everything_as_it_was(
    places: Places, store: ConfigStore, step: str
) -> None:
    def interrupt(name: str) -> None:
        if name == step:
            raise KeyboardInterrupt

    stopped = ConfigStore(places, env={}, hook=interrupt)
    prepared = stopped.prepare([edit("gateway.port", 19000)])
    with pytest.raises(KeyboardInterrupt):
        stopped.save(prepared, operation="config.set")
    assert places.config_path.read_bytes() == CONFIG
    assert [path.name for path in places.state_dir.iterdir()] == ["openclaw.json"]
    save(store, "gateway.port", 19000)


def test_another_setting_changed_underneath_is_kept(store: ConfigStore, places: Places) -> None:
    prepared = store.prepare([edit("gateway.port", 19000)])
    save(store, "messages.responsePrefix", "hello")
    saved = store.save(prepared, operation="config.set")
    assert saved.rebased
    after = CONFIG.replace(b"18789", b"19000").replace(b'"hi"', b'"hello"')
    assert places.config_path.read_bytes() == after


def test_the_same_setting_changed_underneath_is_shown_and_not_overwritten(
    store: ConfigStore, places: Places
) -> None:
    prepared = store.prepare([edit("gateway.port", 19000)])
    save(store, "gateway.port", 20000)
    now = places.config_path.read_bytes()
    with pytest.raises(Conflict) as caught:
        store.save(prepared, operation="config.set")
    assert caught.value.code == "config-changed"
    for number in ("18789", "20000", "19000"):
        assert number in caught.value.message
    assert places.config_path.read_bytes() == now
    assert [path.name for path in places.state_dir.iterdir()] == ["openclaw.json"]


def test_the_same_change_made_by_both_is_no_conflict(store: ConfigStore) -> None:
    prepared = store.prepare([edit("gateway.port", 19000)])
    save(store, "gateway.port", 19000)
    saved = store.save(prepared, operation="config.set")
    assert saved.rebased
    assert saved.before_sha256 == saved.after_sha256


def test_a_conflict_never_shows_a_secret(store: ConfigStore) -> None:
    save(store, "gateway.auth", {"mode": "token", "token": "first-secret-of-the-shop"})
    prepared = store.prepare([edit("gateway.auth.token", "second-secret-of-the-shop")])
    save(store, "gateway.auth.token", "third-secret-of-the-shop!")
    with pytest.raises(Conflict) as caught:
        store.save(prepared, operation="config.set")
    assert "secret-of" not in caught.value.message


def test_an_expected_value_that_is_not_there_is_a_conflict(store: ConfigStore) -> None:
    with pytest.raises(Conflict) as caught:
        store.prepare([Edit(("gateway", "port"), 1, expected=2)])
    assert caught.value.code == "config-changed"
    store.prepare(
        [Edit(("gateway", "port"), 1, expected=18789), Edit(("gateway", "bind"), "loopback", MISSING)]
    )


def test_a_writer_that_ignores_locks_is_noticed_before_the_rename(store: ConfigStore, places: Places) -> None:
    rogue = CONFIG.replace(b'"hi"', b'"rogue"')
    done: list[str] = []

    def write_rogue(step: str) -> None:
        if step == "10-restat" and not done:
            done.append(step)
            places.config_path.write_bytes(rogue)

    saved = save(ConfigStore(places, env={}, hook=write_rogue), "gateway.port", 19000)
    assert saved.rebased
    assert places.config_path.read_bytes() == rogue.replace(b"18789", b"19000")
    assert store.backups.read(saved.backup or "") == rogue


def test_a_file_that_never_holds_still_is_given_up(store: ConfigStore, places: Places) -> None:
    count = 0

    def write_rogue(step: str) -> None:
        nonlocal count
        if step == "10-restat":
            count += 1
            places.config_path.write_bytes(CONFIG.replace(b'"hi"', f'"rogue {count}"'.encode()))

    with pytest.raises(Conflict) as caught:
        save(ConfigStore(places, env={}, hook=write_rogue), "gateway.port", 19000)
    assert caught.value.code == "config-changed"
    assert count == 5


def test_a_file_created_meanwhile_is_not_replaced(places: Places) -> None:
    def create(step: str) -> None:
        if step == "11-rename" and not places.config_path.exists():
            places.config_path.write_bytes(CONFIG)

    saved = save(ConfigStore(places, env={}, hook=create), "gateway.bind", "loopback")
    assert saved.rebased
    assert places.config_path.read_bytes() == CONFIG.replace(b"18789 }", b'18789, bind: "loopback" }')


def test_what_another_program_wrote_after_us_is_told(store: ConfigStore, places: Places) -> None:
    def overwrite(step: str) -> None:
        if step == "14-verify":
            places.config_path.write_bytes(CONFIG)

    saved = save(ConfigStore(places, env={}, hook=overwrite), "gateway.port", 19000)
    assert saved.current_sha256 == hashlib.sha256(CONFIG).hexdigest() != saved.after_sha256


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("gateway.port", "many", "gateway.port: must be a whole number"),
        ("gateway.portt", 1, "gateway.portt: is not a known setting"),
        ("nonsense", {}, "nonsense: is not a known setting"),
        ("bindings.0.agentId", "nobody", "bindings.0.agentId: there is no agent “nobody”"),
        ("gateway.port", 70000, "gateway.port"),
        ("channels.telegram.dmPolicy", "opn", "must be one of “pairing”"),
    ],
)
def test_an_invalid_value_is_refused_in_words(
    store: ConfigStore, path: str, value: object, words: str
) -> None:
    with pytest.raises(Invalid) as caught:
        store.prepare([edit(path, value)])
    assert caught.value.code == "config-invalid"
    assert words in caught.value.message


def test_an_invalid_file_may_be_edited_where_nothing_gets_worse(store: ConfigStore, places: Places) -> None:
    broken = CONFIG.replace(b"port: 18789", b"port: 'many', portt: 1")
    places.config_path.write_bytes(broken)
    prepared = store.prepare([edit("gateway.mode", "remote")])
    assert "2 problem(s)" in prepared.warnings[0]
    store.prepare([edit("messages.responsePrefix", "x")])
    store.prepare([edit("gateway.port", 1)])
    with pytest.raises(Invalid):
        store.prepare([edit("gateway.bindd", 1)])
    with pytest.raises(Invalid):
        store.prepare([edit("gateway.portt", MISSING), edit("gateway.port", "fewer"), edit("gateway.x", 1)])
    save(store, "gateway.portt", MISSING)


def test_a_file_that_does_not_parse_is_never_written(store: ConfigStore, places: Places) -> None:
    places.config_path.write_bytes(b"{ broken")
    for act in (store.read, lambda: store.prepare([edit("a", 1)])):
        with pytest.raises(Invalid) as caught:
            act()
        assert caught.value.code == "config-syntax"
        assert f"{places.config_path} is not valid" in caught.value.message
        assert "line 1, column 9" in caught.value.message
        facts = caught.value.facts
        assert (facts["path"], facts["line"], facts["column"]) == (str(places.config_path), "1", "9")
    assert store.read_raw().data == b"{ broken"
    report = store.validate()
    assert not report.valid
    assert f"{places.config_path} is not valid" in report.problems[0].message


@pytest.mark.parametrize(
    "damage", [b'{\n "a": "\xff"}', b"{" + b" " * MAX_BYTES + b"}"], ids=["bytes", "length"]
)
def test_every_mistake_of_the_file_names_the_file_behind_the_link(
    store: ConfigStore, places: Places, damage: bytes
) -> None:
    real = places.state_dir / "real.json"
    real.write_bytes(damage)
    places.config_path.unlink()
    places.config_path.symlink_to(real)
    with pytest.raises(Invalid) as caught:
        store.read()
    assert f"The configuration {real}" in caught.value.message


def test_a_file_broken_between_prepare_and_save_stays(store: ConfigStore, places: Places) -> None:
    prepared = store.prepare([edit("gateway.port", 19000)])
    places.config_path.write_bytes(b"{ broken")
    with pytest.raises(Invalid):
        store.save(prepared, operation="config.set")
    assert places.config_path.read_bytes() == b"{ broken"


@pytest.mark.parametrize("marker", ["__OPENCLAW_REDACTED__", "[REDACTED]", "x__OPENCLAW_REDACTED__"])
def test_a_masked_secret_is_never_written(store: ConfigStore, marker: str) -> None:
    with pytest.raises(Refused) as caught:
        store.prepare([edit("gateway.auth.token", marker)])
    assert caught.value.code == "config-redacted"


@pytest.mark.parametrize(
    ("edits", "lost"),
    [
        ([edit("agents.entries", {"luna": {"name": "Luna"}})], "agents.entries.desk"),
        ([edit("agents", {})], "agents.entries"),
        ([edit("bindings", [])], "bindings.0"),
        ([edit("channels", {"slack": {}})], "channels.telegram"),
    ],
)
def test_losing_something_by_the_way_is_refused(store: ConfigStore, edits: list[Edit], lost: str) -> None:
    with pytest.raises(Refused) as caught:
        store.prepare(edits)
    assert caught.value.code == "config-shrinks"
    assert lost in caught.value.message


def test_what_is_named_may_go(store: ConfigStore) -> None:
    store.prepare([edit("agents.entries.desk", MISSING)])
    store.prepare([edit("bindings", [])], may_remove=("bindings",))
    store.prepare([edit("messages", MISSING)])
    store.prepare([edit("agents.entries", {"luna": {}})], may_remove=("agents.entries.desk",))


def test_a_file_that_shrinks_by_a_third_without_a_removal_is_refused(store: ConfigStore) -> None:
    save(store, "messages.responsePrefix", "x" * 3000)
    with pytest.raises(Refused) as caught:
        store.prepare([edit("messages.responsePrefix", "short")])
    assert caught.value.code == "config-shrinks"
    store.prepare([edit("messages.responsePrefix", "short")], may_remove=("messages.responsePrefix",))


@pytest.mark.parametrize("name", ["OPENCLAW_CONFIG_READONLY", "OPENCLAW_NIX_MODE"])
def test_a_managed_file_is_not_written(places: Places, store: ConfigStore, name: str) -> None:
    with pytest.raises(Refused) as caught:
        ConfigStore(places, env={name: "1"}).prepare([edit("gateway.port", 1)])
    assert caught.value.code == "config-managed"
    assert name in caught.value.message
    ConfigStore(places, env={name: "0"}).prepare([edit("gateway.port", 1)])
    assert store.read().exists


def test_a_link_stays_a_link_and_its_file_is_written(
    places: Places, store: ConfigStore, tmp_path: Path
) -> None:
    real = tmp_path / "dotfiles" / "claw.json5"
    real.parent.mkdir(mode=0o700)
    places.config_path.rename(real)
    places.config_path.symlink_to("../dotfiles/claw.json5")
    seen: list[bool] = []

    def look(step: str) -> None:
        if step == "11-rename":
            seen.extend(os.path.lexists(f"{path}.lock") for path in (places.config_path, real))

    save(ConfigStore(places, env={}, hook=look), "gateway.port", 19000)
    assert seen == [True, True]
    assert places.config_path.is_symlink()
    assert real.read_bytes() == CONFIG.replace(b"18789", b"19000")
    assert not real.is_symlink()
    assert store.read().real_path == real
    assert [path.name for path in real.parent.iterdir()] == ["claw.json5"]


def test_a_circle_of_links_is_an_odd_path(places: Places) -> None:
    places.state_dir.mkdir(mode=0o700)
    places.config_path.symlink_to("openclaw.json")
    with pytest.raises(LunaError) as caught:
        ConfigStore(places, env={}).read()
    assert caught.value.code == "odd-path"


@pytest.mark.parametrize(
    ("before", "after"), [(0o644, 0o600), (0o660, 0o600), (0o600, 0o600), (0o400, 0o400)]
)
def test_the_mode_is_never_wider_than_private(
    store: ConfigStore, places: Places, before: int, after: int
) -> None:
    places.config_path.chmod(before)
    save(store, "gateway.port", 19000)
    assert places.config_path.stat().st_mode & 0o777 == after


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="extended attributes by the os module are Linux's")
def test_extended_attributes_are_carried_over(store: ConfigStore, places: Places) -> None:
    try:
        os.setxattr(places.config_path, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system keeps no extended attributes")
    save(store, "gateway.port", 19000)
    assert os.getxattr(places.config_path, "user.note") == b"mine"


def test_a_hard_link_is_refused(store: ConfigStore, places: Places, tmp_path: Path) -> None:
    os.link(places.config_path, tmp_path / "second name")
    with pytest.raises(Refused) as caught:
        save(store, "gateway.port", 19000)
    assert caught.value.code == "config-file"
    assert places.config_path.read_bytes() == CONFIG


def test_a_folder_in_the_place_of_the_file_is_an_error(places: Places) -> None:
    places.config_path.mkdir(parents=True)
    with pytest.raises(LunaError) as caught:
        ConfigStore(places, env={}).read()
    assert caught.value.code == "odd-path"


def test_waiting_for_a_living_lock_ends_with_its_holder(store: ConfigStore, places: Places) -> None:
    held = acquire(sidecar_path(places.config_path), 0, Disk(), lambda _text: None)
    state = store.lock_state()
    assert (state.kind, state.pid, state.clearable) == ("live", os.getpid(), False)
    with pytest.raises(Conflict):
        store.unlock()
    told: list[str] = []

    def let_go(sentence: str) -> None:
        told.append(sentence)
        held.release()

    waiting = ConfigStore(places, env={}, on_wait=let_go)
    saved = save(waiting, "gateway.port", 19000)
    assert saved.after_sha256 == store.read().sha256
    assert str(os.getpid()) in told[0]
    assert store.lock_state().words == "Nobody holds the lock."
    assert store.unlock() == "Nobody holds the lock."


def test_a_second_lunatui_that_takes_long_is_named(store: ConfigStore, places: Places) -> None:
    inside, told = threading.Event(), threading.Event()
    said: list[str] = []

    def hold(step: str) -> None:
        if step == "2-read":
            inside.set()
            told.wait(LIMIT_S)

    def listen(sentence: str) -> None:
        said.append(sentence)
        told.set()

    slow = threading.Thread(target=save, args=(ConfigStore(places, env={}, hook=hold), "gateway.bind", "lan"))
    slow.start()
    assert inside.wait(LIMIT_S)
    save(ConfigStore(places, env={}, on_wait=listen), "gateway.port", 19000)
    slow.join()
    assert said == [f"Another lunatui is saving {places.config_path}; waiting for it."]
    assert store.read().value["gateway"] == {"mode": "local", "port": 19000, "bind": "lan"}


def test_threads_of_one_process_wait_for_each_other(places: Places, store: ConfigStore) -> None:
    problems: list[Exception] = []

    def write(number: int) -> None:
        own = ConfigStore(places, env={})
        for turn in range(5):
            try:
                save(own, f"env.vars.T{number}_{turn}", "x")
            except LunaError as error:
                problems.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(store.read().value["env"]["vars"]) == 20  # type: ignore[index]  # plain data


def test_duplicate_keys_are_a_warning(store: ConfigStore, places: Places) -> None:
    places.config_path.write_bytes(CONFIG.replace(b"mode: 'local'", b"mode: 'remote', mode: 'local'"))
    assert "gateway.mode stands twice" in store.validate().warnings[0]
    assert "gateway.mode stands twice" in store.prepare([edit("gateway.port", 1)]).warnings[0]


def test_validate_says_what_is_missing_and_against_what(store: ConfigStore, places: Places) -> None:
    assert store.validate().valid
    assert store.validate().schema_origin == "shipped 2026.9.6"
    places.config_path.unlink()
    report = store.validate()
    assert report.valid
    assert "does not exist" in report.warnings[0]


def test_a_prepared_change_can_be_saved_by_another_store(store: ConfigStore, places: Places) -> None:
    prepared = replace(store.prepare([edit("gateway.port", 19000)]), warnings=())
    ConfigStore(places, env={}).save(prepared, operation="config.set")
    assert store.read().document.get(("gateway", "port")) == 19000
