from __future__ import annotations

import pytest

from scheduler.domain.errors import Invalid
from scheduler.senders.smtp_email import MailServer, SmtpEmail
from scheduler.senders.smtp_email.addresses import Mailbox, ascii_address, read_mailbox


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("care@willow.example", Mailbox("care@willow.example")),
        (" care@willow.example ", Mailbox("care@willow.example")),
        ("<care@willow.example>", Mailbox("care@willow.example")),
        ("Willow Skin <care@willow.example>", Mailbox("care@willow.example", "Willow Skin")),
        ('"Willow, Skin" <care@willow.example>', Mailbox("care@willow.example", "Willow, Skin")),
        ("Zoë <care@żółw.example>", Mailbox("care@xn--w-uga1v8h.example", "Zoë")),
    ],
)
def test_a_mailbox_is_an_address_and_perhaps_a_name(text: str, mailbox: Mailbox) -> None:
    assert read_mailbox(text, field="sender") == mailbox


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Willow",
        "bad..addr@",
        "Willow <care>",
        "Willow <a@b.example> <c@d.example>",
        "a@b.example, c@d.example",
        "Wil\nlow <care@willow.example>",
        "care@willow.example\r\nBcc: all@willow.example",
    ],
)
def test_what_is_no_mailbox_is_told_when_the_sender_is_made(text: str) -> None:
    for sender, reply_to in ((text, None), ("care@willow.example", text or "-")):
        with pytest.raises(Invalid) as caught:
            SmtpEmail(MailServer(host="mail.example"), sender=sender, reply_to=reply_to)

        assert caught.value.problems[0].field == ("reply_to" if reply_to else "sender")


@pytest.mark.parametrize("name", ["my machine", "mail.willow.example\r\nQUIT", "zoë.example", "a" * 256])
def test_a_name_of_our_own_that_cannot_be_said_is_told(name: str) -> None:
    with pytest.raises(Invalid, match="local_hostname"):
        SmtpEmail(MailServer(host="mail.example", local_hostname=name), sender="care@willow.example")


def test_the_case_of_a_mailbox_is_its_owners() -> None:
    assert ascii_address("Amira.Khan+care@Patients.Example") == "Amira.Khan+care@patients.example"
