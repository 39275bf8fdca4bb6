"""A server whose every byte and silence a test writes itself, for what no decent mail server does."""

from __future__ import annotations

import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedReader
from itertools import cycle, islice

HOST = "127.0.0.1"
_LONGEST_WAIT = 30
_MOST_DRIPS = 300
_ANSWERS = {"EHLO": b"250 rude.example\r\n", "MAIL": b"250 OK\r\n", "RCPT": b"250 OK\r\n", "DATA": b"354 Go on\r\n"}
CONTENT = "the content"
"""What is heard after DATA, up to the lone dot."""


@dataclass(slots=True)
class Talk:
    """The server's side of one connection."""

    peer: socket.socket
    heard: Counter[str]
    over: threading.Event
    """Set when the test is over: until then silence may last."""
    _lines: BufferedReader = field(init=False)

    def __post_init__(self) -> None:
        """Read lines from the peer from now on."""
        self._lines = self.peer.makefile("rb")

    def say(self, words: bytes) -> None:
        """These bytes, as they are."""
        self.peer.sendall(words)

    def behave_until(self, verb: str) -> None:
        """Greet, and answer well, up to and without the answer to `verb`."""
        self.say(b"220 rude.example\r\n")
        for line in self._lines:
            heard = line[:4].strip().upper().decode()
            self.heard[heard] += 1
            if heard == verb:
                return
            self.say(_ANSWERS[heard])
            if heard == "DATA":
                self._hear_content()
                if verb == CONTENT:
                    return

    def close(self) -> None:
        """Hang up."""
        self._lines.close()  # or the socket stays open for it
        self.peer.close()

    def hear_line(self) -> bytes:
        """The next line of the client."""
        return self._lines.readline()

    def encrypt(self, context: ssl.SSLContext) -> None:
        """TLS from here on."""
        self.peer = context.wrap_socket(self.peer, server_side=True)
        self._lines = self.peer.makefile("rb")

    def stay_silent(self) -> None:
        """Until the test is over."""
        assert self.over.wait(_LONGEST_WAIT), "the test went on without this connection"

    def drip(self, words: bytes) -> None:
        """A byte at a time, twenty a second, again and again; a client that bears it is hung up on in the end."""
        for byte in islice(cycle(words), _MOST_DRIPS):
            self.say(bytes([byte]))
            if self.over.wait(0.05):
                return

    def talk_on(self, words: bytes) -> None:
        """As fast as the client listens, until it hangs up or the test is over."""
        while not self.over.is_set():
            self.say(words)

    def _hear_content(self) -> None:
        for line in self._lines:
            if line == b".\r\n":
                break
        self.heard[CONTENT] += 1


@dataclass(slots=True)
class RudeServer:
    """What was heard on all connections."""

    port: int
    heard: Counter[str] = field(default_factory=Counter)
    """How often it heard EHLO, MAIL and so on; CONTENT for whole messages."""
    connections: int = 0


@contextmanager
def rude_server(manners: Callable[[Talk], None]) -> Iterator[RudeServer]:
    """A server that treats each connection so, one after the other, while the block runs; it hangs up at the end."""
    over = threading.Event()
    with socket.create_server((HOST, 0)) as listener:
        server = RudeServer(listener.getsockname()[1])

        def serve() -> None:
            while True:
                with listener.accept()[0] as peer:
                    if over.is_set():
                        return
                    server.connections += 1
                    talk = Talk(peer, server.heard, over)
                    with suppress(OSError), closing(talk):  # the client may go at any time
                        manners(talk)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server
        finally:
            over.set()
            socket.create_connection((HOST, server.port)).close()  # lets the last accept return
            thread.join(_LONGEST_WAIT)
