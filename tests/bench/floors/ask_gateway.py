"""Floor of one RPC: a socket, the upgrade by hand, connect with the token, `health`, the answer."""

import base64
import json
import os
import socket
import sys


def send(connection: socket.socket, document: dict[str, object]) -> None:
    """One masked text frame."""
    data = json.dumps(document).encode()
    mask = os.urandom(4)
    length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + len(data).to_bytes(2, "big")
    connection.sendall(b"\x81" + length + mask + bytes(byte ^ mask[i & 3] for i, byte in enumerate(data)))


def take(stream: socket.SocketIO) -> dict[str, object]:
    """One unmasked text frame."""
    size = stream.read(2)[1]
    if size == 126:
        size = int.from_bytes(stream.read(2), "big")
    elif size == 127:
        size = int.from_bytes(stream.read(8), "big")
    return json.loads(stream.read(size))


port, token = int(sys.argv[1]), os.environ["FLOOR_TOKEN"]
connection = socket.create_connection(("127.0.0.1", port))
key = base64.b64encode(os.urandom(16)).decode()
connection.sendall(
    f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
)
stream = connection.makefile("rb")
while stream.readline() not in (b"\r\n", b""):
    pass
take(stream)
client = {"id": "gateway-client", "version": "1", "platform": "linux", "mode": "backend"}
params = {
    "minProtocol": 4,
    "maxProtocol": 4,
    "client": client,
    "role": "operator",
    "scopes": ["operator.read"],
}
send(
    connection,
    {"type": "req", "id": "1", "method": "connect", "params": {**params, "auth": {"token": token}}},
)
while take(stream).get("id") != "1":
    pass
send(connection, {"type": "req", "id": "2", "method": "health", "params": {}})
while (answer := take(stream)).get("id") != "2":
    pass
print(json.dumps(answer["payload"])[:200])
