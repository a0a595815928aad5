"""A stand-in of Telegram's Bot API on a loopback port: what OpenClaw's Telegram channel asks of it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

LONG_POLL_S = 0.2
"""The real one holds a poll for as long as it was asked to; here nobody waits that long."""
UNAUTHORIZED = (401, "Unauthorized")
CONFLICT = (409, "Conflict: terminated by other getUpdates request; make sure that only one bot is running")


class TelegramApi:
    """`with TelegramApi(token) as api:` serves one bot; `say` puts a message in, `sent` is what came out."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.username = "shop_test_bot"
        self.second_poller = False
        """Another program polls for the same bot."""
        self.sent: list[dict[str, Any]] = []
        self.methods: list[str] = []
        self._updates: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._next = 1
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def say(self, text: str, sender: int = 555001, name: str = "Ann") -> None:
        """Somebody writes to the bot."""
        person = {"id": sender, "is_bot": False, "first_name": name, "username": name.lower()}
        with self._changed:
            message = {
                "message_id": self._next,
                "from": person,
                "chat": {"id": sender, "type": "private", "first_name": name},
                "date": 1796040000 + self._next,
                "text": text,
            }
            self._updates.append({"update_id": self._next, "message": message})
            self._next += 1
            self._changed.notify_all()

    def wait_sent(self, wanted: str, seconds: float) -> dict[str, Any] | None:
        """The first message out with these words in it, or None when none came in time."""

        def found() -> dict[str, Any] | None:
            return next((one for one in self.sent if wanted in str(one.get("text", ""))), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None, seconds)
            return found()

    def answer(self, token: str, method: str, params: dict[str, Any]) -> tuple[int, Any]:
        """Status, and the result or the description of what is wrong."""
        with self._changed:
            self.methods.append(method)
        if token != self.token:
            return UNAUTHORIZED
        if method == "getUpdates":
            return CONFLICT if self.second_poller else (200, self._poll(int(params.get("offset") or 0)))
        if method == "getMe":
            return 200, {"id": 7001, "is_bot": True, "first_name": "Shop", "username": self.username}
        if method == "getWebhookInfo":
            return 200, {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        if method in ("sendMessage", "editMessageText"):
            return 200, self._take(params)
        return 200, [] if method == "getMyCommands" else True

    def _poll(self, offset: int) -> list[dict[str, Any]]:
        with self._changed:
            self._updates = [update for update in self._updates if update["update_id"] >= offset]
            self._changed.wait_for(lambda: bool(self._updates), LONG_POLL_S)
            return list(self._updates)

    def _take(self, params: dict[str, Any]) -> dict[str, Any]:
        with self._changed:
            self.sent.append(params)
            self._next += 1
            self._changed.notify_all()
            chat = {"id": int(params.get("chat_id") or 0), "type": "private"}
            return {
                "message_id": self._next,
                "chat": chat,
                "date": 1796040000,
                "text": params.get("text", ""),
            }


def _handler(api: TelegramApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._respond()

        def do_POST(self) -> None:
            self._respond()

        def _respond(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            params: dict[str, Any] = {key: values[0] for key, values in parse_qs(query).items()}
            if body[:1] == b"{":
                params |= json.loads(body)
            token, _, method = path.removeprefix("/bot").partition("/")
            status, result = api.answer(token, method, params)
            said = {"ok": True, "result": result}
            if status != 200:
                said = {"ok": False, "error_code": status, "description": result}
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing: tests look at what was asked."""

    return Handler
