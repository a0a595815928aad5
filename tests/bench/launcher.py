"""Runs one command from a small process, so that its peak memory is its own; one JSON line on stderr."""

import json
import os
import resource
import sys
import time

quiet = os.open(os.devnull, os.O_RDWR)
started = time.perf_counter()
pid = os.posix_spawn(
    sys.argv[1],
    sys.argv[1:],
    os.environ,
    file_actions=[(os.POSIX_SPAWN_DUP2, quiet, 0), (os.POSIX_SPAWN_DUP2, quiet, 1)],
)
status = os.waitpid(pid, 0)[1]
seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
report = {"seconds": seconds, "mib": peak / 1024, "code": os.waitstatus_to_exitcode(status)}
os.write(2, b"\n" + json.dumps(report).encode())
