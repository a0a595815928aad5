"""The vault takes what is not as it was written, or hands out what nobody asked for."""

from __future__ import annotations

from typing import Any

from appliance.ops import secrets_resolve
from appliance.vault import ciphers, contents, opened, patience, saving, vault, witness
from tests.safety.planted.bug import SAFETY, Bug, nothing

BYTES = SAFETY + "test_t10_vault.py::"
STATES = SAFETY + "test_t10_vault_states.py::"
KILLS = SAFETY + "test_t10_vault_kills.py::"
RESOLVE = "tests/unit/appliance/ops/test_secrets_resolve.py::"


def _records_unbound() -> None:
    contents.check_records = nothing


def _front_unsigned() -> None:
    opened.hmac = _Agreeing  # type: ignore[assignment]


class _Agreeing:
    """Every code is the right one."""

    digest = staticmethod(ciphers.hmac.digest)

    @staticmethod
    def compare_digest(_one: object, _other: object) -> bool:
        return True


def _costs_unchecked() -> None:
    ciphers.Limits.check = nothing  # type: ignore[method-assign]


def _earlier_state_taken() -> None:
    witness.check = nothing


def _patience_endless() -> None:
    patience.require = nothing


def _place_unbound() -> None:
    opened._record_bound = lambda *_: b""  # type: ignore[assignment]


def _copies_of_before_kept() -> None:
    saving.Saving.thin_out = nothing  # type: ignore[method-assign]


def _unread_back() -> None:
    read = saving.read_file

    def trusting(disk: Any, path: Any, limit: int) -> bytes:
        return _written.get(str(path)) or read(disk, path, limit)

    _written: dict[str, bytes] = {}
    write = saving.Saving._stage

    def staged(self: Any, temporary: Any, after: bytes, check: Any) -> None:
        _written[str(temporary)] = after
        write(self, temporary, after, check)

    saving.read_file, saving.Saving._stage = trusting, staged  # type: ignore[assignment,method-assign]


def _everything_answered() -> None:
    class All(dict[str, tuple[str, ...]]):
        def __contains__(self, _name: object) -> bool:
            return True

    secrets_resolve._allowed = lambda *_: All()  # type: ignore[assignment]


def _use_unrecorded() -> None:
    secrets_resolve.record_event = nothing


def _former_values_forever() -> None:
    vault.purged = lambda draft, _moment: draft


BUGS = (
    Bug("a vault's records are not compared with its list", _records_unbound,
        BYTES + "test_swapped_repeated_and_missing_records_are_refused"),
    Bug("a vault's front is not authenticated", _front_unsigned, BYTES + "test_every_flipped_bit_is_refused"),
    Bug("a vault may ask for any derivation", _costs_unchecked,
        BYTES + "test_a_weak_or_huge_derivation_is_refused_before_it_is_run"),
    Bug("a value is not bound to its place", _place_unbound,
        BYTES + "test_even_with_a_right_list_a_foreign_ciphertext_gives_no_text"),
    Bug("an earlier vault is taken", _earlier_state_taken,
        STATES + "test_an_earlier_state_is_refused_until_somebody_accepts_it"),
    Bug("a wrong passphrase costs no time", _patience_endless,
        STATES + "test_a_wrong_passphrase_has_one_message_and_costs_more_each_time"),
    Bug("copies of before a new master key stay", _copies_of_before_kept,
        STATES + "test_a_rotation_leaves_no_copy_that_the_old_keys_open"),
    Bug("a vault is not read back", _unread_back,
        KILLS + "test_what_does_not_read_back_takes_nobodys_place"),
    Bug("former values stay for good", _former_values_forever,
        "tests/unit/appliance/vault/test_vault.py::"
        "test_a_former_value_is_kept_for_a_day_and_then_goes_for_good"),
    Bug("every secret is answered to whoever asks", _everything_answered,
        RESOLVE + "test_openclaw_gets_what_its_configuration_refers_to_and_nothing_else"),
    Bug("the use of a secret is not recorded", _use_unrecorded,
        RESOLVE + "test_a_use_that_cannot_be_recorded_does_not_happen"),
)  # fmt: skip
