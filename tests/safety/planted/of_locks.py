"""A lock is ignored, stolen, or given back wrongly; another writer is not noticed."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from appliance.store import locks, processes, save, snapshot, sweeping
from tests.safety.planted.bug import SAFETY, STORE, Bug, nothing

LOCKS = f"{SAFETY}test_t05_locks.py::"


def _compare_left_out() -> None:
    class Same(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, _other: object) -> bool:
            return True

        def __ne__(self, _other: object) -> bool:
            return False

    read = snapshot.read_raw

    def read_as_expected(*arguments: Any) -> Any:
        raw = read(*arguments)
        kind = type("Expected", (type(raw),), {"sha256": property(lambda _self: Same())})
        return kind(raw.real_path, raw.data, raw.status)

    setattr(save, "read_raw", read_as_expected)  # noqa: B010


def _release_anything(self: Any) -> bool:
    self.disk.unlink(self.path)
    return True


BUGS = (
    Bug(
        "the comparison with what was read is left out",
        _compare_left_out,
        f"{STORE}test_config.py::test_the_same_setting_changed_underneath_is_shown_and_not_overwritten",
    ),
    Bug(
        "the last look before the rename is left out",
        lambda: setattr(save.Saver, "_refuse_change", nothing),
        f"{STORE}test_config.py::test_a_writer_that_ignores_locks_is_noticed_before_the_rename",
    ),
    Bug(
        "locks are ignored",
        lambda: setattr(save.Saver, "locked", lambda _self: nullcontext()),
        f"{STORE}test_config.py::test_waiting_for_a_living_lock_ends_with_its_holder",
    ),
    Bug(
        "our own processes do not wait for each other",
        lambda: setattr(save, "queue_lock", lambda *_arguments: nullcontext()),
        f"{STORE}test_config.py::test_a_second_lunatui_that_takes_long_is_named",
    ),
    Bug(
        "a lock that is not ours is removed",
        lambda: setattr(locks.SidecarLock, "release", _release_anything),
        f"{LOCKS}test_release_leaves_a_lock_that_is_not_ours",
    ),
    Bug(
        "a living holder's lock is taken away",
        lambda: setattr(locks, "is_stale", lambda _seen: True),
        f"{LOCKS}test_a_living_holder_is_never_disturbed_however_old_its_lock",
    ),
    Bug(
        "a process number given away again is taken for the old process",
        lambda: setattr(processes, "start_time", lambda _pid: None),
        f"{LOCKS}test_a_pid_that_was_given_away_again_gives_way",
    ),
    Bug(
        "an unsigned lock is cleared at once",
        lambda: setattr(locks, "ORPHAN_AGE", 0.0),
        f"{LOCKS}test_an_unsigned_lock_waits_a_minute_and_then_only_goes_when_asked",
    ),
    Bug(
        "nobody looks who is reclaiming a lock",
        lambda: setattr(locks, "_settled", lambda *_arguments: True),
        f"{LOCKS}test_a_lock_taken_while_somebody_reclaims_is_checked_when_he_is_done",
    ),
    Bug(
        "what a living process is writing is swept",
        lambda: setattr(sweeping, "_is_left_behind", lambda *_arguments: True),
        f"{STORE}test_surroundings.py::test_sweeping_removes_what_the_dead_left_and_nothing_else",
    ),
    Bug(
        "a dead process is taken for a living one",
        lambda: setattr(processes, "is_dead", lambda _pid: False),
        f"{STORE}test_surroundings.py::test_sweeping_removes_what_the_dead_left_and_nothing_else",
    ),
)
