"""The engine: the installed OpenClaw and the Node that runs it."""
