"""What can go wrong with an answer, for the stub to do when it is told to. Each is a function of one call.

None of these is held to Twilio's description, but for the refusals: what they break is the point of them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

from tests.peers.twilio.judge import JSON
from tests.peers.twilio.wire import Call

Fault = Callable[[Call], None]
"""Answers one call badly, or not at all."""


def refuse(code: int, status: int = 400) -> Fault:
    """Twilio's no, in its own form."""
    return lambda call: call.refuse(status, code, f"No to {call.asked.form.get('To')}: code {code}")


def refuse_in_the_new_form(code: int, status: int = 400, *, says_status: int | None = None) -> Fault:
    """Twilio's no as RFC 9457 has it; the body may claim another status than the answer's."""
    body = {"type": "about:blank", "title": "No", "status": says_status or status, "code": code, "detail": "No."}
    return lambda call: call.raw(status, json.dumps(body).encode(), "application/problem+json")


def say(status: int, body: object, *, accept: bool = True, kind: str = JSON) -> Fault:
    """That answer, whole, after the message was taken or not: bytes as they are, anything else as JSON."""

    def answer(call: Call) -> None:
        if accept:
            call.accept()
        call.raw(status, body if isinstance(body, bytes) else json.dumps(body).encode(), kind)

    return answer


def redirect(call: Call) -> None:
    """To a place that would take the message a second time, with a body that is worth nothing."""
    call.accept()
    call.raw(307, b"moved" * 1_000_000, "text/plain", Location=call.asked.target)


def drop(call: Call) -> None:
    """Takes the message and closes without a word."""
    call.accept()
    call.hang_up()


def hang(call: Call) -> None:
    """Takes the message and says nothing until it is released."""
    call.accept()
    call.wait()
    call.hang_up()


def drip_body(call: Call) -> None:
    """Takes the message and answers a byte at a time, never all."""
    call.accept()
    call.head(201, length=100_000)
    call.drip(b"{")


def drip_head(call: Call) -> None:
    """Takes the message and answers a byte of a header at a time, never all."""
    call.accept()
    call.write(b"HTTP/1.1 201 Created\r\nX-Long: ")
    call.drip(b"x")


def ten_megabytes(call: Call) -> None:
    """Takes the message and answers with 10 MB of JSON."""
    call.accept()
    call.raw(201, b'{"sid": "' + b"a" * 10_000_000 + b'"}')


def cut_short(call: Call) -> None:
    """Takes the message and closes in the middle of an answer of known length."""
    call.accept()
    call.head(201, length=1000)
    call.write(b'{"sid": "SM')
    call.hang_up()


def cut_chunk(call: Call) -> None:
    """Takes the message and closes in the middle of a chunk."""
    call.accept()
    call.write(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    call.write(b'40\r\n{"sid": "SM')
    call.hang_up()


def cut_json(call: Call) -> None:
    """Takes the message and answers with half a JSON document, whole as far as HTTP can tell."""
    call.accept()
    call.raw(201, b'{"sid": "SM')


def packed(data: bytes) -> Fault:
    """Takes the message and answers with bytes that are said to be gzip."""

    def answer(call: Call) -> None:
        call.accept()
        call.raw(201, data, **{"Content-Encoding": "gzip"})

    return answer


def packed_large(call: Call) -> None:
    """Takes the message and answers with 50 kB that unpack to 50 MB."""
    packed(gzip.compress(b" " * 50_000_000))(call)


def go_on(call: Call) -> None:
    """Takes the message and says 100 Continue, again and again."""
    call.accept()
    call.drip(b"HTTP/1.1 100 Continue\r\n\r\n")


def say_goodbye(call: Call) -> None:
    """Takes the message, answers as Twilio does, and closes the connection without having said so."""
    call.answer(201, call.accept())
    call.hang_up()


def garble(call: Call) -> None:
    """Takes the message and answers, on a connection over TLS, with bytes that aren't."""
    call.accept()
    call.write_past_tls(b"this is no record")
    call.hang_up()
