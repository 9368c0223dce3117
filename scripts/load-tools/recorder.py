"""A server on 127.0.0.1 that answers every request with an empty JSON object and records its time,
method and path.

It runs in a thread with an event loop of its own, so that the thread that starts it can wait for a
load generator. It supports the HTTP/1.1 that load generators need: keep-alive, pipelining, bodies with
a length.
"""

import asyncio
import re
import threading
import time

LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    b"Connection: %s\r\n\r\n{}"
)


class Recorder:
    """Answers between `with Recorder() as recorder:` and its end; `requests` are (seconds, method, path)."""

    def __init__(self):
        self.requests = []
        self.port = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._listening = threading.Event()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    def _serve(self):
        asyncio.set_event_loop(self._loop)
        create = self._loop.create_server(lambda: _Connection(self.requests), "127.0.0.1", 0, backlog=4096)
        server = self._loop.run_until_complete(create)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        self._loop.run_forever()
        server.close()

    def __enter__(self):
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class _Connection(asyncio.Protocol):
    def __init__(self, requests):
        self.requests = requests
        self.pending = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.pending += data
        while True:
            head, found, rest = self.pending.partition(b"\r\n\r\n")
            length = LENGTH.search(head)
            body = int(length.group(1)) if length else 0
            if not found or len(rest) < body:
                return
            self.pending = rest[body:]
            self._answer(head)

    def _answer(self, head):
        method, target, version = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        # some tools send the whole URL, as a client of a proxy does
        path = re.sub(r"^http://[^/]*", "", target)
        self.requests.append((time.monotonic(), method, path))
        lower = head.lower()
        close = b"connection: close" in lower or (version == "HTTP/1.0" and b"keep-alive" not in lower)
        self.transport.write(ANSWER % (b"close" if close else b"keep-alive"))
        if close:
            self.transport.close()
