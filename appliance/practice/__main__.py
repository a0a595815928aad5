"""`python -m appliance.practice`: the practice model as a process of its own."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import threading

from appliance.errors import LunaError
from appliance.practice.server import DEFAULT_DELAY, PracticeServer


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or the end of the owner; prints one JSON line with the address."""
    parser = argparse.ArgumentParser(prog="python -m appliance.practice", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on this machine; 0 takes a free one")
    parser.add_argument("--delay", type=float, default=DEFAULT_DELAY, help="seconds practice-slow waits")
    parser.add_argument("--owner-pid", type=int, default=0, help="stop when this process has ended")
    options = parser.parse_args(argv)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    if options.owner_pid:
        threading.Thread(target=_watch, args=(options.owner_pid, stopped), daemon=True).start()
    try:
        server = PracticeServer(port=options.port, delay=options.delay)
    except LunaError as error:
        sys.stderr.write(f"{error.message} {error.hint}\n")
        return 1
    with server:
        line = {"base_url": server.base_url, "origin": server.origin, "port": server.port}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


def _watch(owner_pid: int, stopped: threading.Event) -> None:
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(owner_pid).wait()
    stopped.set()


if __name__ == "__main__":
    sys.exit(main())
