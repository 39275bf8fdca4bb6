"""The bytes of an email: the same for the same attempt, on every try, every machine and every Python.

Written out here, with the standard library's encoders: its EmailMessage splits the address of List-Unsubscribe into
encoded words, which mail programs don't read, and makes a new boundary each time.
"""

from __future__ import annotations

import quopri
import re
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime

from scheduler.domain.delivery.senders import Posting
from scheduler.senders.smtp_email.addresses import Mailbox
from scheduler.senders.smtp_email.markdown import as_page, as_text

_LINE = "\r\n"
_LONGEST_LINE = 76
_LONGEST_WORD = 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """An email as it is handed over."""

    message_id: str
    """Without its brackets: the attempt's id at our domain. A bounce quotes it."""
    content: bytes
    """Lines of ASCII that end in CR LF, the header first."""


def compose(
    posting: Posting, *, sender: Mailbox, to: str, reply_to: Mailbox | None = None, unsubscribe_url: str | None = None
) -> Email:
    """The email of a posting, to an address in ASCII.

    `unsubscribe_url` answers a POST by itself (RFC 8058); without it nothing is said of unsubscribing.
    """
    name = posting.repeats or posting.attempt_id
    message_id = f"{name}@{sender.domain}"
    # "=_" can't occur in quoted-printable text, so it begins no line of a part.
    boundary = f"=_{name}"
    subject = _one_line(posting.message.subject or "")
    headers = {
        "From": _mailbox("From", sender),
        "To": to,
        "Subject": _words("Subject", subject),
        "Date": format_datetime(posting.due_at),
        "Message-ID": f"<{message_id}>",
        **({"Reply-To": _mailbox("Reply-To", reply_to)} if reply_to else {}),
        "Auto-Submitted": "auto-generated",
        **_unsubscribing(unsubscribe_url),
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative;{_LINE} boundary="{boundary}"',
    }
    markdown = _text(posting.message.body)
    page = as_page(markdown, title=subject, language=posting.language)
    lines = (
        *(_header(name, value) for name, value in headers.items()),
        "",
        *_part(boundary, "plain", as_text(markdown)),
        *_part(boundary, "html", page),
        f"--{boundary}--",
        "",
    )
    return Email(message_id=message_id, content=_LINE.join(lines).encode("ascii"))


def _header(name: str, value: str) -> str:
    """One field. Raises ValueError if its value would begin another one."""
    if re.search(r"\r(?!\n)|\r?\n(?![ \t])", value):
        raise ValueError(f"a line break in {name}")
    return f"{name}: {value}"


def _unsubscribing(url: str | None) -> dict[str, str]:
    if url is None:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _part(boundary: str, subtype: str, text: str) -> tuple[str, ...]:
    encoded = quopri.encodestring(text.encode()).decode("ascii")
    return (
        f"--{boundary}",
        f"Content-Type: text/{subtype}; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        encoded.replace("\n", _LINE),
    )


def _mailbox(header: str, mailbox: Mailbox) -> str:
    if not mailbox.name:
        return mailbox.address
    name = _one_line(mailbox.name)
    shown = '"{}"'.format(name.replace("\\", r"\\")) if _plain(name) else _words(header, name)
    return f"{shown} <{mailbox.address}>"


def _words(header: str, text: str) -> str:
    """Text of a header, folded, and in encoded words (RFC 2047) where it isn't ASCII."""
    charset = "us-ascii" if _plain(text) else "utf-8"
    return Header(text, charset, maxlinelen=_LONGEST_LINE, header_name=header).encode(linesep=_LINE)


def _plain(text: str) -> bool:
    """Whether it can stand in a header as it is: it won't be read as an encoded word, and can be folded."""
    return text.isascii() and "=?" not in text and all(len(word) <= _LONGEST_WORD for word in text.split())


def _one_line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", _text(text)).split())


def _text(text: str) -> str:
    """With line feeds only, and `?` for what UTF-8 can't hold."""
    return text.replace("\r\n", "\n").replace("\r", "\n").encode(errors="replace").decode()
