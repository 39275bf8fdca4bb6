"""One conversation with a mail server, step by step, with an end in time and in size."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.senders.smtp_email.answers import FAILURE, GO_ON, SUCCESS, Answer, Step, refusal
from scheduler.senders.smtp_email.message import Email

_CONNECTING_SECONDS = 10.0
_LEAVING_SECONDS = 1.0
_MOST_BYTES = 65_536
"""Of all answers of a conversation together; an ordinary one has less than a thousand."""
_CHUNK = 4096
_LONGEST_ID = 100
"""What an attempt keeps. The attempt's id stands first, so that a longer domain costs nothing that counts."""
_LOGINS = {"CRAM-MD5", "PLAIN", "LOGIN"}
"""The ways of logging in that smtplib knows."""


class Tls(StrEnum):
    """How a conversation is encrypted."""

    STARTTLS = "starttls"
    """By command, after a greeting in the clear; mostly on port 587. Without it nothing else is said."""
    IMPLICIT = "implicit"
    """From the first byte; mostly on port 465."""
    OFF = "off"


class SaidNo(Exception):
    """The server refused, or lacks what we need, before anything was handed over."""

    def __init__(self, outcome: Refused | NotSent) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Conversation(smtplib.SMTP):
    """A connection to one server, for one message. Close it at the end, however that came.

    Whatever it raises besides SaidNo is an OSError: `handing_over` tells what that means for the message.
    """

    def __init__(self, *, local_hostname: str, seconds: float) -> None:
        super().__init__(local_hostname=local_hostname)
        self._ends_at = time.monotonic() + seconds
        self._logged_in = False
        self.handing_over = False
        """Whether the content may have reached the server: from then on a lost answer leaves a doubt."""

    def begin(self, host: str, port: int, *, tls: Tls, context: ssl.SSLContext) -> None:
        """Connect and introduce ourselves, encrypted as `tls` says."""
        try:
            self.sock = socket.create_connection((host, port), min(_CONNECTING_SECONDS, self._seconds_left()))
        except UnicodeError:
            raise SaidNo(Refused(Fault.CONFIG, "host", "That is no name that a mail server can have.")) from None
        if tls is Tls.IMPLICIT:
            self._encrypt(self.sock, host, context)
        self._expect(self.getreply(), Step.GREETING)
        self._expect(self.ehlo(), Step.GREETING)
        if tls is Tls.STARTTLS:
            if not self.has_extn("starttls"):
                raise SaidNo(Refused(Fault.CONFIG, "starttls", "The mail server offers no STARTTLS."))
            self._expect(self.docmd("STARTTLS"), Step.GREETING)
            self._encrypt(self.sock, host, context)
            self._expect(self.ehlo(), Step.GREETING)

    def log_in(self, username: str, password: str) -> None:
        """Prove who we are."""
        if not _LOGINS & set(self.esmtp_features.get("auth", "").upper().split()):
            raise SaidNo(Refused(Fault.CONFIG, "auth", "The mail server offers no login that we know."))
        try:
            self.login(username, password)
        except smtplib.SMTPAuthenticationError as error:
            text = error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
            raise SaidNo(refusal(Answer(error.smtp_code, text), Step.LOGIN, logged_in=False)) from None
        except UnicodeEncodeError:
            reason = "The user name or the password has a character that isn't ASCII."
            raise SaidNo(Refused(Fault.CONFIG, "login", reason)) from None
        self._logged_in = True

    def hand_over(self, email: Email, *, sender: str, to: str) -> Outcome:
        """How the server took the email."""
        size = [f"SIZE={len(email.content)}"] if self.has_extn("size") else []
        self._expect(self.mail(sender, size), Step.SENDER)
        self._expect(self.rcpt(to), Step.RECIPIENT)
        self._expect(self.docmd("DATA"), Step.CONTENT, GO_ON)
        self.handing_over = True
        self.send(re.sub(rb"(?m)^\.", b"..", email.content) + b".\r\n")
        answer = Answer(*self.getreply())
        if answer.hundreds == SUCCESS:
            return Accepted(email.message_id[:_LONGEST_ID])
        if answer.hundreds in FAILURE:
            return refusal(answer, Step.CONTENT, logged_in=self._logged_in)
        return Unknown("The mail server's answer to the message made no sense.")

    def leave(self) -> None:
        """Say goodbye, if the server answers at once; what it said before stands either way."""
        self._ends_at = min(self._ends_at, time.monotonic() + _LEAVING_SECONDS)
        with suppress(OSError):
            self.quit()

    def getreply(self) -> tuple[int, bytes]:
        """The next answer, read with an end: smtplib's time-out begins anew with each byte."""
        if self.file is None and self.sock is not None:
            self.file = _Answers(self.sock, self._seconds_left)
        return super().getreply()

    def _expect(self, reply: tuple[int, bytes], step: Step, hundreds: int = SUCCESS) -> None:
        answer = Answer(*reply)
        if answer.hundreds != hundreds:
            raise SaidNo(refusal(answer, step, logged_in=self._logged_in))

    def _encrypt(self, sock: socket.socket, host: str, context: ssl.SSLContext) -> None:
        sock.settimeout(self._seconds_left())
        self.sock = context.wrap_socket(sock, server_hostname=host)
        self.file = None  # what came in the clear, perhaps from somebody between us, counts for nothing

    def _seconds_left(self) -> float:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the conversation took too long")
        return left


class _Answers:
    """The server's lines, as smtplib reads them from a file."""

    def __init__(self, sock: socket.socket, seconds_left: Callable[[], float]) -> None:
        self._sock = sock
        self._seconds_left = seconds_left
        self._buffer = b""
        self._received = 0

    def readline(self, limit: int) -> bytes:
        """The next line with its end, cut at `limit`; what there is when the server hangs up. Raises OSError."""
        while b"\n" not in self._buffer and len(self._buffer) < limit:
            self._sock.settimeout(self._seconds_left())
            chunk = self._sock.recv(_CHUNK)
            if not chunk:
                break
            self._received += len(chunk)
            if self._received > _MOST_BYTES:
                raise OSError("the mail server talks without end")
            self._buffer += chunk
        end = min(self._buffer.find(b"\n") + 1 or len(self._buffer), limit)
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        return line

    def close(self) -> None:
        """Nothing: whoever opened the socket closes it."""
