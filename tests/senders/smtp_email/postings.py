"""Postings by email, and senders that hand them to a server on this machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduler.domain.delivery.messages import Message
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.delivery.senders import Posting
from scheduler.domain.people.patients import Channel
from scheduler.senders.smtp_email import MailServer, SmtpEmail, Tls
from tests.peers.smtp.authority import HOST, Authority

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TIMEOUT = timedelta(seconds=20)
SHORT = timedelta(seconds=0.5)
ENOUGH_FOR_THE_CONTENT = timedelta(seconds=3)
LOGIN = ("care@willow.example", "a long secret")
SENDER = "Willow Skin <care@willow.example>"
MARKDOWN = """
**Call 999 now** if

- it is hard to breathe
- your face swells

Questions? Call [Willow Skin](tel:02079460018) or see <https://willow.example/help>.
"""


def an_email(
    attempt_id: str = "3f0c7d1e-8a54-4b57-9c37-52f6c1a5d0aa",
    *,
    to: str = "amira@patients.example",
    subject: str | None = "When to call",
    body: str = MARKDOWN,
    language: str = "en",
    due_at: datetime = NOON,
) -> Posting:
    return Posting(
        attempt_id=attempt_id,
        clinic_id="c-1",
        reminder_ids=("r-1",),
        kind=Kind.SAFETY,
        language=language,
        channel=Channel.EMAIL,
        to=to,
        message=Message(body=body, subject=subject),
        due_at=due_at,
        useful_until=due_at + timedelta(days=3),
        until=due_at + timedelta(hours=8),
    )


def a_sender(
    port: int,
    authority: Authority | None = None,
    *,
    tls: Tls = Tls.STARTTLS,
    login: tuple[str, str] | None = LOGIN,
    host: str = HOST,
    sender: str = SENDER,
    reply_to: str | None = None,
) -> SmtpEmail:
    """A sender for a server on this machine, which trusts the authority if there is one, else the system's."""
    server = MailServer(
        host=host,
        port=port,
        tls=tls,
        username=login[0] if login else None,
        password=login[1] if login else "",
        ca_file=authority.file if authority else None,
    )
    return SmtpEmail(server, sender=sender, reply_to=reply_to)


def a_plain_sender(port: int) -> SmtpEmail:
    """One without TLS and login, for servers that offer neither."""
    return a_sender(port, tls=Tls.OFF, login=None)
