"""Work behind a screen or the whole program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.dom import DOMNode


def run_behind(
    owner: DOMNode,
    work: Callable[[], Awaitable[None]],
    *,
    name: str = "",
    group: str,
    exclusive: bool = False,
) -> None:
    """Run `work` as a worker of `owner`; a bug in it does not end the program.

    `work` is called when its turn comes: what is replaced or left before that was never begun, where a
    coroutine made beforehand would be lost unawaited.
    """
    owner.run_worker(
        cast("Any", work),
        name=name,
        group=group,
        description=name or group,  # else all that was given with it is turned into text
        exclusive=exclusive,
        exit_on_error=False,
    )
