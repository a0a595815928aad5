"""The gateway's wire: where it is, who we are, one connection, its calls and its events.

Light to import (`endpoint`, `probe`, `hello`, `frames`, `oneshot`); `client` brings asyncio, `websocket` the
websockets library, `results` pydantic, each only when used.
"""
