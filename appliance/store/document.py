"""openclaw.json as text and as data; edits change the text only where they must."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from appliance.errors import Invalid
from appliance.store.edits import lookup
from appliance.store.plain_json import plain_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.store.edits import Edit, Path
    from appliance.store.scanner import Container, Scanner

MAX_BYTES = 8 * 1024 * 1024


class Document:
    """One immutable version of the file."""

    def __init__(self, text: str) -> None:
        """`text` is scanned when first asked about; use `parse` for bytes from outside."""
        self.text = text

    @cached_property
    def _scanned(self) -> Scanner:
        from appliance.store.scanner import Scanner

        return Scanner(self.text)

    @classmethod
    def parse(cls, data: bytes, path: str = "") -> Document:
        """Read the bytes of a file; `path` is for messages.

        Raises:
            Invalid: `config-syntax`, naming line and column; `config-too-large`.
        """
        if len(data) > MAX_BYTES:
            name = f"The configuration {path}".rstrip()
            raise Invalid(
                f"{name} is {len(data):,} bytes long; {MAX_BYTES:,} is the most that is read.",
                code="config-too-large",
            )
        try:
            document = cls(data.decode())
            document.check()
        except (UnicodeDecodeError, Invalid) as error:
            from appliance.store.tokens import syntax_error

            problem, line, column = _mistake(error, data)
            raise syntax_error(problem, line, column, path) from error
        return document

    def check(self) -> None:
        """Raise `Invalid` (`config-syntax`) unless the text can be read."""
        self.value  # noqa: B018 - reading it is what finds the mistakes

    @property
    def data(self) -> bytes:
        """The bytes of this version."""
        return self.text.encode()

    @property
    def root(self) -> Container:
        """Where in the text each part of it stands."""
        return self._scanned.root

    @cached_property
    def value(self) -> dict[str, object]:
        """Plain data; of a key that stands twice, the last. Not to be changed."""
        plain = plain_value(self.text)
        return self._scanned.value if plain is None else plain

    @property
    def duplicates(self) -> tuple[Path, ...]:
        """Keys that stand more than once in their object."""
        return tuple(self._scanned.duplicates)

    def get(self, path: Path) -> object:
        """What stands at `path`, or `MISSING`."""
        return lookup(self.value, path)

    def apply(self, edits: Iterable[Edit]) -> Document:
        """This document with `edits` made in order; the same object when nothing changes.

        Raises:
            Usage: `config-path` when a path leads through something that is not a section or list,
                `config-value` when a value is not JSON data.
        """
        from appliance.store.editing import edited

        return edited(self, edits)


def _mistake(error: UnicodeDecodeError | Invalid, data: bytes) -> tuple[str, str, str]:
    """What is wrong, at which line and column."""
    if isinstance(error, Invalid):
        return error.facts["problem"], error.facts["line"], error.facts["column"]
    line = data.count(b"\n", 0, error.start) + 1
    column = error.start - data.rfind(b"\n", 0, error.start)
    return "no UTF-8 text", str(line), str(column)
