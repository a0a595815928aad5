"""A secret value that cannot be printed, compared, hashed, copied into JSON or pickled by accident."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_before_first: list[Callable[[], object]] = []


def before_first_secret(act: Callable[[], object]) -> None:
    """Have `act` called once, before this process holds its first secret."""
    _before_first.append(act)


def expect_secret() -> None:
    """To be called before anything secret is read into memory; `Secret` does."""
    while _before_first:
        _before_first.pop()()


class Secret:
    """Holds a key in memory; `expose()` is the only way to its text."""

    __slots__ = ("_value",)

    def __init__(self, text: str) -> None:
        expect_secret()
        self._value = bytearray(text.encode())

    @contextmanager
    def expose(self) -> Iterator[str]:
        """The text, for the one call that sends or stores it."""
        yield self._value.decode()

    def fingerprint(self, key: bytes) -> str:
        """What may stand in a record instead: `fp:` and 8 hex digits of HMAC-SHA-256 with `key`."""
        import hmac

        return "fp:" + hmac.digest(key, bytes(self._value), "sha256").hex()[:8]

    def wipe(self) -> None:
        """Overwrite the value in place (best effort: Python may hold copies)."""
        for index in range(len(self._value)):
            self._value[index] = 0

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(••••)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("a secret cannot be compared, hashed, copied or pickled")

    __eq__ = _refuse
    __hash__ = _refuse
    __reduce__ = _refuse
    __getstate__ = _refuse
    __copy__ = _refuse

    def __deepcopy__(self, memo: object) -> NoReturn:
        self._refuse()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """How the published JSON Schema shows a secret: a write-only string."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls(str(value)),
            json_schema_input_schema=core_schema.str_schema(
                metadata={"pydantic_js_updates": {"writeOnly": True, "format": "password"}}
            ),
        )
