"""The sender of emails: an address checked, a message made, one conversation, and how it ended as a value.

One connection a message. Nothing is tried twice here, and nothing is asked afterwards: SMTP has no question for it.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from scheduler.domain.delivery.outcomes import Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.senders import Posting
from scheduler.domain.errors import Invalid
from scheduler.domain.findings import Finding
from scheduler.senders.smtp_email.addresses import ascii_address, read_mailbox
from scheduler.senders.smtp_email.checks import finding
from scheduler.senders.smtp_email.conversation import Conversation, SaidNo, Tls
from scheduler.senders.smtp_email.message import compose

_HOSTNAME = re.compile(r"[A-Za-z0-9.\-_:\[\]]{1,255}")
_NO_ADDRESS = Refused(Fault.PERMANENT, "address", "That is no email address that a mail server takes.")
_LOGIN_IN_THE_CLEAR = Refused(Fault.CONFIG, "no-tls", "A password is never sent unencrypted.")
_IN_DOUBT = Unknown("The connection to the mail server was lost after the message was handed over.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over, and as whom."""

    host: str
    port: int = 587
    tls: Tls = Tls.STARTTLS
    username: str | None = None
    """None: no login."""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    """PEM file of the authorities that its certificate may come from, in place of the system's."""
    local_hostname: str | None = None
    """The name that we introduce ourselves with; None: the domain of the sender's address."""


class SmtpEmail:
    """A way out by email. Any number of threads may send through it at once."""

    def __init__(
        self,
        server: MailServer,
        *,
        sender: str,
        reply_to: str | None = None,
        unsubscribe_url: Callable[[Posting], str] | None = None,
    ) -> None:
        """Take an address, or a name and `<an address>`, as sender; an https address a posting for unsubscribing.

        Raises Invalid for an address, a name or a file that can't be used.
        """
        self._server = server
        self._sender = read_mailbox(sender, field="sender")
        self._reply_to = read_mailbox(reply_to, field="reply_to") if reply_to else None
        self._unsubscribe_url = unsubscribe_url
        self._local_hostname = _hostname(server.local_hostname or self._sender.domain)
        self._context = _context(server.ca_file)

    def send(self, posting: Posting, *, timeout: timedelta) -> Outcome:
        """How the mail server took the email; the same posting makes the same bytes each time.

        A lost answer is in doubt only from the moment when the content is on its way.
        """
        to = ascii_address(posting.to)
        if to is None:
            return _NO_ADDRESS
        url = self._unsubscribe_url(posting) if self._unsubscribe_url else None
        email = compose(posting, sender=self._sender, to=to, reply_to=self._reply_to, unsubscribe_url=url)
        with closing(self._conversation(timeout)) as talk:
            try:
                self._begin(talk)
                return talk.hand_over(email, sender=self._sender.address, to=to)
            except SaidNo as no:
                return no.outcome
            except OSError as error:
                return _IN_DOUBT if talk.handing_over else _lost(error)
            finally:
                talk.leave()

    def check(self, *, timeout: timedelta) -> list[Finding]:
        """What keeps the mail server from taking mail of ours, as far as it tells without any; empty if nothing."""
        with closing(self._conversation(timeout)) as talk:
            try:
                self._begin(talk)
            except SaidNo as no:
                return [finding(no.outcome)]
            except OSError as error:
                return [finding(_lost(error))]
            finally:
                talk.leave()
        return []

    def _conversation(self, timeout: timedelta) -> Conversation:
        return Conversation(local_hostname=self._local_hostname, seconds=timeout.total_seconds())

    def _begin(self, talk: Conversation) -> None:
        """Until the server knows us. Raises SaidNo or OSError."""
        server = self._server
        if server.username and server.tls is Tls.OFF:
            raise SaidNo(_LOGIN_IN_THE_CLEAR)
        talk.begin(server.host, server.port, tls=server.tls, context=self._context)
        if server.username:
            talk.log_in(server.username, server.password)


def _lost(error: OSError) -> Refused | NotSent:
    """What a broken connection means before anything was handed over."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"The mail server's certificate is not trusted: {error.verify_message}."
        return Refused(Fault.CONFIG, "certificate", reason)
    if isinstance(error, ssl.SSLError):
        return NotSent("tls", "No TLS connection to the mail server came about.")
    if isinstance(error, socket.gaierror):
        return NotSent("dns", "The mail server's name has no address.")
    if isinstance(error, ConnectionRefusedError):
        return NotSent("refused", "Nothing listens at the mail server's host and port.")
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return NotSent("timeout", "The mail server did not answer in time.")
    return NotSent("lost", "The connection to the mail server was lost.")


def _hostname(name: str) -> str:
    if not _HOSTNAME.fullmatch(name):
        raise Invalid.of("local_hostname", "Write the name of this machine, like mail.willow.example.")
    return name


def _context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        reason = error.strerror or "it holds no certificate in PEM form"
        raise Invalid.of("ca_file", f"{ca_file} can't be used: {reason}.") from error
