"""The recovery key: what is typed with a slip is told apart from a wrong one."""

from __future__ import annotations

import pytest

from appliance.errors import Usage
from appliance.vault.recovery import ALPHABET, new_code, read_code

CODE = "1T7Q-Y5W3-FDM7-266T-SR3Z-XVT0-VFNE"


def test_a_new_one_is_long_random_and_readable() -> None:
    codes = {new_code() for _ in range(50)}
    assert len(codes) == 50
    for code in codes:
        groups = code.split("-")
        assert [len(group) for group in groups] == [4] * 7
        assert set("".join(groups)) <= set(ALPHABET)
        assert read_code(code) == "".join(groups)[:26].encode()
    assert len(ALPHABET) ** 26 == 2**130


@pytest.mark.parametrize(
    "typed",
    [CODE.lower(), CODE.replace("-", ""), CODE.replace("-", " "), f"  {CODE}\n", CODE.replace("0", "o"),
     CODE.replace("1", "l"), CODE.replace("1", "I")],
)  # fmt: skip
def test_how_it_is_typed_does_not_matter(typed: str) -> None:
    assert read_code(typed) == read_code(CODE)


def accepted(typed: str) -> bool:
    try:
        read_code(typed)
    except Usage:
        return False
    return True


def test_nearly_every_slip_of_one_sign_is_found() -> None:
    signs = CODE.replace("-", "")
    slips = [
        signs[:at] + wrong + signs[at + 1 :]
        for at, right in enumerate(signs)
        for wrong in ALPHABET.replace(right, "")
    ]
    missed = sum(map(accepted, slips))
    assert missed <= len(slips) // 256, (
        f"{missed} of {len(slips)}, and one in a thousand is what two signs miss"
    )


@pytest.mark.parametrize("typed", ["", CODE[:-1], CODE + "0", CODE.replace("T", "U"), "ä" * 28])
def test_what_cannot_be_one_is_no_wrong_key(typed: str) -> None:
    with pytest.raises(Usage) as caught:
        read_code(typed)
    assert caught.value.code == "recovery-key"
    assert CODE[:4] not in caught.value.message
