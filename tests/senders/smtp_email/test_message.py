from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.delivery.senders import Posting
from scheduler.senders.smtp_email.addresses import Mailbox
from scheduler.senders.smtp_email.message import compose
from tests.senders.smtp_email.postings import NOON, an_email

CARE = Mailbox("care@willow.example", "Willow Skin")
TO = "amira@patients.example"


def composed(posting: Posting, *, sender: Mailbox = CARE, url: str | None = None) -> bytes:
    return compose(posting, sender=sender, to=TO, unsubscribe_url=url).content


def read(content: bytes) -> EmailMessage:
    email = message_from_bytes(content, policy=policy.default)
    assert email.defects == []
    assert [part.defects for part in email.walk()] == [[], [], []]
    return email


def text_of(content: bytes) -> str:
    text = next(read(content).iter_parts()).get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


def header(content: bytes, name: str) -> str:
    """As an old mail program reads it, by another parser than the one above."""
    unfolded = message_from_bytes(content)[name].replace("\r\n", "")
    return str(make_header(decode_header(unfolded)))


def test_the_same_attempt_gives_the_same_bytes() -> None:
    assert composed(an_email("a-1")) == composed(an_email("a-1"))
    assert composed(an_email("a-1")) != composed(an_email("a-2"))


def test_every_byte_of_it_is_known() -> None:
    content = composed(an_email("a-1", subject="Zoë", body="Ruhe, **bitte**: 5 €"), url="https://willow.example/u/1")

    assert content.decode("ascii").split("\r\n") == [
        'From: "Willow Skin" <care@willow.example>',
        "To: amira@patients.example",
        "Subject: =?utf-8?q?Zo=C3=AB?=",
        "Date: Wed, 04 Mar 2026 12:00:00 +0000",
        "Message-ID: <a-1@willow.example>",
        "Auto-Submitted: auto-generated",
        "List-Unsubscribe: <https://willow.example/u/1>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "MIME-Version: 1.0",
        "Content-Type: multipart/alternative;",
        ' boundary="=_a-1"',
        "",
        "--=_a-1",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Ruhe, bitte: 5 =E2=82=AC",
        "",
        "--=_a-1",
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "<!doctype html>",
        '<html lang=3D"en" dir=3D"ltr">',
        "<head>",
        '<meta charset=3D"utf-8">',
        '<meta name=3D"viewport" content=3D"width=3Ddevice-width, initial-scale=3D1">',
        "<title>Zo=C3=AB</title>",
        "</head>",
        '<body style=3D"margin:0;padding:0;background:#F6F7F5">',
        '<div style=3D"max-width:600px;margin:0 auto;padding:16px 24px;background:#F=',
        "FFFFF;color:#1D2A2E;font-family:Arial,Helvetica,sans-serif;font-size:16px;l=",
        'ine-height:1.5">',
        "<p>Ruhe, <strong>bitte</strong>: 5 =E2=82=AC</p>",
        "</div>",
        "</body>",
        "</html>",
        "",
        "--=_a-1--",
        "",
    ]


def test_its_date_is_what_was_promised_not_when_it_is_sent() -> None:
    content = composed(an_email(due_at=NOON - timedelta(days=60)))

    assert header(content, "Date") == "Sat, 03 Jan 2026 12:00:00 +0000"


@pytest.mark.parametrize(
    "subject",
    [
        "Your care today",
        "Łucja, od dziś: jedna rzecz naraz",
        "من اليوم: منتج واحد أولاً",
        "今日からまず一つだけ " * 12,
        "a word of care " * 20,
        "x" * 300,
        "=?utf-8?q?not_a_word?=",
        '5 < 6 & 7 > 2: "so" it\'s',
        "",
    ],
)
def test_a_subject_arrives_whatever_letters_it_has(subject: str) -> None:
    content = composed(an_email(subject=subject))

    assert header(content, "Subject") == " ".join(subject.split())
    assert read(content)["Subject"] == " ".join(subject.split())


def test_a_line_break_in_a_subject_begins_no_field() -> None:
    content = composed(an_email(subject="Care\r\nBcc: all@patients.example\n\n<p>hi\x00\u2028there"))

    assert header(content, "Subject") == "Care Bcc: all@patients.example <p>hi there"
    assert read(content)["Bcc"] is None


@pytest.mark.parametrize(
    "name",
    [
        "Willow Skin",
        "Zoë, Łucja & Nguyễn",
        "Dr. O'Neill, PhD (London)",
        r"back\slash",
        "Klinika Pięknej i Zdrowej Skóry przy Długiej Ulicy w Województwie Świętokrzyskim",
    ],
)
def test_a_name_arrives_with_its_address(name: str) -> None:
    content = composed(an_email(), sender=Mailbox("care@willow.example", name))

    shown, address = parseaddr(message_from_bytes(content)["From"].replace("\r\n", ""))
    assert (str(make_header(decode_header(shown))), address) == (name, "care@willow.example")
    assert len(read(content)["From"].addresses) == 1


def test_no_line_of_a_header_is_long_or_empty() -> None:
    content = composed(
        an_email(subject=f"{'long ' * 50}{'x' * 300} {'ü' * 100}"), sender=Mailbox(CARE.address, "ü" * 90)
    )

    lines = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert all(line.partition(b":")[2].strip() if line[:1].isalpha() else line.strip() for line in lines)


def test_an_address_for_unsubscribing_stays_one_line_of_plain_letters() -> None:
    url = f"https://willow.example/u/{'k' * 300}"

    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in composed(an_email(), url=url)


def test_an_address_for_unsubscribing_can_begin_no_field() -> None:
    with pytest.raises(ValueError, match="List-Unsubscribe"):
        composed(an_email(), url="https://willow.example/\r\nBcc: all@patients.example")


def test_long_lines_are_folded_and_arrive_whole() -> None:
    body = "ü" * 5000 + " end"

    content = composed(an_email(body=body, subject="long " * 50))

    assert max(len(line) for line in content.split(b"\r\n")) <= 78
    assert text_of(content) == f"{body}\n"


# A code block keeps what is in it, so that the text part can be compared; marks are another test's.
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="`"), min_size=1, max_size=200))
def test_any_words_arrive_as_they_were_in_lines_of_ascii(words: str) -> None:
    content = composed(an_email(body=f"```\n{words}\n```", subject=words))

    assert text_of(content) == f"{words}\n"
    assert header(content, "Subject") == " ".join(re.sub("[\u2028\u2029]", " ", words).split())
    assert re.search(rb"[^\x20-\x7e\r\n]|\r(?!\n)|(?<!\r)\n", content) is None


@given(st.text(max_size=200))
def test_no_text_at_all_keeps_an_email_from_being_made(text: str) -> None:
    content = composed(an_email(body=text, subject=text))

    assert read(content)["To"] == TO
