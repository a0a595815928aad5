"""One HTTP request to the practice model: which dialect, which behaviour, which bytes."""

from __future__ import annotations

import json
import select
import socket
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar, cast

from appliance.practice import anthropic_dialect, ollama_dialect, openai_dialect, responses_dialect
from appliance.practice.conversation import Question, Reply, answer
from appliance.practice.faults import LISTED_MODELS, Behaviour, behaviour_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from appliance.practice.server import PracticeHTTPServer, PracticeServer

    class Dialect(Protocol):
        """One provider's wire format."""

        CONTENT_TYPE: str

        def parse(self, body: dict[str, Any]) -> Question: ...
        def error(self, status: int, message: str = "") -> dict[str, object]: ...
        def whole(self, question: Question, reply: Reply) -> dict[str, object]: ...
        def stream(self, question: Question, reply: Reply) -> Iterator[bytes]: ...


BODY_LIMIT = 32 * 2**20
GARBAGE = b"<html>this is not the JSON you are looking for"
WRONG_KEY = "wrong"
_IDLE_SECONDS = 120


@dataclass(frozen=True)
class PracticeRequest:
    """One request that arrived: what was asked for, never what was said."""

    method: str
    path: str
    model: str
    """The model id asked for; empty where none was named."""
    status: int
    """The HTTP status it was answered with."""


class PracticeHandler(BaseHTTPRequestHandler):
    """Answers model lists and completions of four dialects."""

    protocol_version = "HTTP/1.1"
    server_version = "lunatui-practice"
    sys_version = ""
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    dialects: ClassVar[dict[str, Any]] = {
        "/v1/chat/completions": openai_dialect,
        "/v1/responses": responses_dialect,
        "/v1/messages": anthropic_dialect,
        "/api/chat": ollama_dialect,
    }

    @property
    def practice(self) -> PracticeServer:
        """The server this request came to."""
        return cast("PracticeHTTPServer", self.server).practice

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name given by the base class
        """Nothing is logged: the owner of the server reads `requests`."""

    def do_GET(self) -> None:
        """Model lists and a word for a browser."""
        path = self._path()
        if path == "/v1/models":
            self._list_models()
        elif path == "/api/tags":
            self._json(200, ollama_dialect.models(LISTED_MODELS))
        elif path == "/api/version":
            self._json(200, {"version": "0.0.0-practice"})
        elif path == "/":
            self._json(200, {"practice": True, "about": "lunatui's practice model, no real AI"})
        else:
            self._json(404, openai_dialect.error(404, f"There is no {path} here."))

    def do_POST(self) -> None:
        """Completions, and Ollama's `/api/show`."""
        path, body = self._path(), self._body()
        if body is None:
            self._json(400, openai_dialect.error(400, "The body is not a JSON object."))
        elif path == "/api/show":
            self._show(str(body.get("model") or body.get("name") or ""))
        elif path in self.dialects:
            self._complete(self.dialects[path], body)
        else:
            self._json(404, openai_dialect.error(404, f"There is no {path} here."))

    def _list_models(self) -> None:
        if self._key_accepted(required=True):
            self._json(200, openai_dialect.models(LISTED_MODELS))
        else:
            self._json(401, openai_dialect.error(401))

    def _show(self, model: str) -> None:
        if behaviour_of(model)[0] is Behaviour.UNKNOWN:
            self._json(404, ollama_dialect.error(404, f"model '{model}' not found"), model)
        else:
            self._json(200, ollama_dialect.show(model), model)

    def _complete(self, dialect: Dialect, body: dict[str, Any]) -> None:
        question = dialect.parse(body)
        behaviour, status = behaviour_of(question.model)
        if not self._key_accepted(required=dialect is not cast("object", ollama_dialect)):
            self._json(401, dialect.error(401), question.model)
        elif behaviour in (Behaviour.STATUS, Behaviour.UNKNOWN):
            self._json(status, dialect.error(status), question.model)
        elif behaviour is Behaviour.NO_TOOLS and question.tools:
            words = f"{question.model} does not support tools"
            self._json(400, dialect.error(400, words), question.model)
        elif behaviour is Behaviour.GARBAGE:
            self._garbage(dialect, question)
        else:
            self._answer(dialect, question, behaviour)

    def _answer(self, dialect: Dialect, question: Question, behaviour: Behaviour) -> None:
        if behaviour is Behaviour.SLOW and not question.stream and not self._waited(self.practice.delay):
            return
        if behaviour is Behaviour.SILENT and not question.stream:
            self._remember(question.model, 200)
            self._waited(None)
            return
        reply = answer(question, behaviour)
        if question.stream:
            self._stream(dialect, question, behaviour, reply)
            return
        data = json.dumps(dialect.whole(question, reply)).encode()
        self._head(200, "application/json", question.model, length=len(data))
        if behaviour is Behaviour.CUT:
            data = data[: len(data) // 2]
            self.close_connection = True
        self.wfile.write(data)

    def _stream(self, dialect: Dialect, question: Question, behaviour: Behaviour, reply: Reply) -> None:
        self._head(200, dialect.CONTENT_TYPE, question.model)
        pause = {Behaviour.SLOW: self.practice.delay, Behaviour.SILENT: None}.get(behaviour, 0.0)
        if pause != 0.0 and not self._waited(pause):
            return
        chunks = list(dialect.stream(question, reply))
        if behaviour is Behaviour.CUT:
            chunks = chunks[: max(2, len(chunks) // 2)]
        for chunk in chunks:
            if not self._waited(self.practice.pace):
                return
            self._chunk(chunk)
        if behaviour is Behaviour.CUT:
            self.close_connection = True
        else:
            self._chunk(b"")

    def _garbage(self, dialect: Dialect, question: Question) -> None:
        if not question.stream:
            self._head(200, "application/json", question.model, length=len(GARBAGE))
            self.wfile.write(GARBAGE)
            return
        self._head(200, dialect.CONTENT_TYPE, question.model)
        prefix = b"" if dialect.CONTENT_TYPE == ollama_dialect.CONTENT_TYPE else b"data: "
        self._chunk(prefix + GARBAGE + b"\n\n")
        self._chunk(b"")

    def _path(self) -> str:
        return self.path.partition("?")[0].rstrip("/") or "/"

    def _body(self) -> dict[str, Any] | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > BODY_LIMIT:
            self.close_connection = True
            return None
        try:
            value = json.loads(self.rfile.read(int(length)))
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    def _key_accepted(self, *, required: bool) -> bool:
        scheme, _, bearer = self.headers.get("Authorization", "").partition(" ")
        key = bearer.strip() if scheme.lower() == "bearer" else self.headers.get("x-api-key", "")
        if self.practice.key:
            return key == self.practice.key
        return key != WRONG_KEY and (bool(key) or not required)

    def _waited(self, seconds: float | None) -> bool:
        """Wait (for ever when None); false when the caller hung up or the server stops."""
        until = None if seconds is None else time.monotonic() + seconds
        while not self.practice.stopping.is_set():
            left = 0.25 if until is None else until - time.monotonic()
            if left <= 0:
                return True
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.25))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                break
            if readable:
                self.practice.stopping.wait(min(left, 0.25))
        self.close_connection = True
        return False

    def _remember(self, model: str, status: int) -> None:
        self.practice.record(PracticeRequest(self.command, self._path(), model, status))

    def _json(self, status: int, value: dict[str, object], model: str = "") -> None:
        data = json.dumps(value).encode()
        self._head(status, "application/json", model, length=len(data))
        self.wfile.write(data)

    def _head(self, status: int, content_type: str, model: str, *, length: int | None = None) -> None:
        self._remember(model, status)
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
