"""A real mail server (aiosmtpd) on this machine: it keeps what it takes, and refuses what a test tells it to."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"
_LONGEST_WAIT = 30
_NEEDS_LOGIN = "530 5.7.0 Authentication required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An email as it came in, byte for byte, without the dots that the protocol adds."""

    sender: str | None
    recipients: tuple[str, ...]
    content: bytes
    login: str | None
    encrypted: bool
    options: tuple[str, ...]
    """What stood beside the sender."""
    introduced_as: str | None


@dataclass(slots=True)
class PostOffice:
    """The server's memory and its orders; both are read and written by the test and by the server's thread."""

    port: int
    logins: Mapping[str, str]
    received: list[Received] = field(default_factory=list)
    heard: Counter[str] = field(default_factory=Counter)
    """How often it was told MAIL, RCPT and so on."""
    says: dict[str, str] = field(default_factory=dict)
    """Its answer to AUTH, MAIL, RCPT or the content (DATA), in place of the right one."""
    hangs_up_after_content: bool = False

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """Whether that is a login of ours."""
        del server, session, envelope, mechanism
        assert isinstance(data, LoginPassword)
        self.heard["AUTH"] += 1
        known = self.logins.get(data.login.decode()) == data.password.decode()
        if known and "AUTH" not in self.says:
            return AuthResult(success=True, auth_data=data.login.decode())
        answer = self.says.get("AUTH", "535 5.7.8 Authentication credentials invalid")
        return AuthResult(success=False, handled=False, message=answer)

    async def handle_MAIL(  # noqa: N802 - the library's names, here and below
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Its answer to the sender."""
        del server
        self.heard["MAIL"] += 1
        if self.logins and not session.authenticated:
            return _NEEDS_LOGIN
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.says.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Its answer to a recipient."""
        del server, session, options
        self.heard["RCPT"] += 1
        envelope.rcpt_tos.append(address)
        return self.says.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message, and its answer."""
        self.heard["DATA"] += 1
        answer = self.says.get("DATA", "250 2.0.0 OK: queued as 5EBE12")
        if answer.startswith("2"):
            self.received.append(_received(server, session, envelope))
        if self.hangs_up_after_content:
            _hang_up(server)
        return answer


def _hang_up(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()


def _received(server: SMTP, session: Session, envelope: Envelope) -> Received:
    assert isinstance(envelope.content, bytes)
    assert server.transport is not None
    return Received(
        sender=envelope.mail_from,
        recipients=tuple(filter(None, envelope.rcpt_tos)),
        content=envelope.content,
        login=session.auth_data,
        encrypted=server.transport.get_extra_info("ssl_object") is not None,
        options=tuple(envelope.mail_options),
        introduced_as=session.host_name,
    )


@contextmanager
def post_office(
    *,
    starttls: ssl.SSLContext | None = None,
    implicit_tls: ssl.SSLContext | None = None,
    logins: Mapping[str, str] | None = None,
    offers_login: bool = True,
    largest: int | None = None,
) -> Iterator[PostOffice]:
    """A server that runs while the block does; with `logins`, nobody else may post."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:  # named, or asyncio leaves Nagle's algorithm on
        listener.bind((HOST, 0))
        office = PostOffice(listener.getsockname()[1], logins or {})

        def protocol() -> SMTP:
            return SMTP(
                office,
                hostname="post.example",
                data_size_limit=largest,
                tls_context=starttls,
                require_starttls=starttls is not None,
                auth_require_tls=implicit_tls is None,
                authenticator=office.authenticate,
                auth_exclude_mechanism=() if offers_login else ("LOGIN", "PLAIN"),
            )

        with _running(protocol, listener, implicit_tls):
            yield office


@contextmanager
def _running(protocol: Callable[[], SMTP], listener: socket.socket, tls: ssl.SSLContext | None) -> Iterator[None]:
    """Serve in a thread of its own; at the end every connection is closed."""
    running: Future[Callable[[], object]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(protocol, listener, tls, running)))
    thread.start()
    stop = running.result(_LONGEST_WAIT)
    try:
        yield
    finally:
        stop()
        thread.join(_LONGEST_WAIT)


async def _serve(
    protocol: Callable[[], SMTP],
    listener: socket.socket,
    tls: ssl.SSLContext | None,
    running: Future[Callable[[], object]],
) -> None:
    connected: list[SMTP] = []

    def connect() -> SMTP:
        connected.append(protocol())
        return connected[-1]

    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(connect, sock=listener, ssl=tls)
    running.set_result(lambda: loop.call_soon_threadsafe(stopped.set))
    await stopped.wait()
    server.close()
    for one in connected:
        _hang_up(one)
    await asyncio.sleep(0)
