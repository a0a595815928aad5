"""A stand-in of Slack's Web API on a loopback port: what is asked of it before tokens are saved."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class SlackApi:
    """`with SlackApi(bot, app) as api:` knows one bot and the app it belongs to."""

    def __init__(self, bot: str, app: str) -> None:
        self.bot = bot
        self.app = app
        self.may_connect = True
        """Whether the app's token has `connections:write`."""
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/api"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, token: str) -> dict[str, Any]:
        """As Slack does: a refusal is an answer with status 200."""
        self.asked.append(method)
        if method == "auth.test":
            if token != self.bot:
                return {"ok": False, "error": "invalid_auth"}
            return {"ok": True, "user": "luna", "team": "Café Rosa", "bot_id": "B1", "user_id": "U1"}
        if method == "apps.connections.open":
            if token != self.app:
                return {"ok": False, "error": "invalid_auth"}
            if not self.may_connect:
                return {"ok": False, "error": "missing_scope", "needed": "connections:write"}
            return {"ok": True, "url": "wss://wss-primary.slack.test/link/?ticket=1"}
        return {"ok": False, "error": "unknown_method"}


def _handler(api: SlackApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            data = json.dumps(api.answer(self.path.removeprefix("/api/"), token)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing: tests look at what was asked."""

    return Handler
