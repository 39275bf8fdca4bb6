from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from scheduler.domain.delivery.outcomes import Accepted, Fault, Refused
from scheduler.domain.delivery.senders import Sender
from scheduler.senders.smtp_email import MailServer, SmtpEmail, Tls
from tests.peers.smtp.authority import HOST, Authority
from tests.peers.smtp.post_office import PostOffice, post_office
from tests.senders.smtp_email.postings import LOGIN, SENDER, TIMEOUT, a_plain_sender, a_sender, an_email


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def parts(content: bytes) -> list[str]:
    """The text and the page, in the order in which they came."""
    return [part.get_content().replace("\r\n", "\n") for part in read(content).iter_parts()]


def test_an_email_goes_encrypted_and_logged_in_to_one_recipient(office: PostOffice, authority: Authority) -> None:
    sender: Sender = a_sender(office.port, authority)

    outcome = sender.send(an_email("a-7"), timeout=TIMEOUT)

    assert outcome == Accepted("a-7@willow.example", parts=None)
    [received] = office.received
    assert received.sender == "care@willow.example"
    assert received.recipients == ("amira@patients.example",)
    assert (received.encrypted, received.login) == (True, LOGIN[0])
    assert received.introduced_as == "willow.example"


def test_what_arrives_is_a_text_and_a_page_in_that_order(office: PostOffice, authority: Authority) -> None:
    a_sender(office.port, authority).send(an_email("a-7"), timeout=TIMEOUT)

    content = office.received[0].content
    kinds = [part.get_content_type() for part in read(content).walk()]
    text, page = parts(content)
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    assert "\n- it is hard to breathe\n" in text
    assert "<li>it is hard to breathe</li>" in page


def test_the_header_says_who_when_and_that_a_machine_wrote(office: PostOffice, authority: Authority) -> None:
    sender = a_sender(office.port, authority, reply_to="Desk <desk@willow.example>")

    sender.send(an_email("a-7"), timeout=TIMEOUT)

    email = read(office.received[0].content)
    assert dict(email.items()) == {
        "From": SENDER,
        "To": "amira@patients.example",
        "Subject": "When to call",
        "Date": "Wed, 04 Mar 2026 12:00:00 +0000",
        "Message-ID": "<a-7@willow.example>",
        "Reply-To": "Desk <desk@willow.example>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_a-7"',
    }


def test_every_try_of_an_attempt_has_the_same_bytes(office: PostOffice, authority: Authority) -> None:
    for _ in range(3):
        a_sender(office.port, authority).send(an_email("a-7"), timeout=TIMEOUT)
    a_sender(office.port, authority).send(an_email("a-8"), timeout=TIMEOUT)

    contents = [received.content for received in office.received]
    assert len(contents) == 4
    assert len(set(contents[:3])) == 1
    assert contents[3] != contents[0]


def test_lines_that_begin_with_dots_arrive_as_they_were(office: PostOffice, authority: Authority) -> None:
    body = "```\n.\n..\n.hidden\nend\n```\n"

    a_sender(office.port, authority).send(an_email(body=body), timeout=TIMEOUT)

    assert parts(office.received[0].content)[0] == ".\n..\n.hidden\nend\n"


def test_a_way_to_unsubscribe_is_named_only_where_there_is_one(office: PostOffice, authority: Authority) -> None:
    server = MailServer(host=HOST, port=office.port, username=LOGIN[0], password=LOGIN[1], ca_file=authority.file)
    url = "https://willow.example/u/"
    sender = SmtpEmail(server, sender=SENDER, unsubscribe_url=lambda posting: f"{url}{posting.attempt_id}")

    sender.send(an_email("a-7"), timeout=TIMEOUT)
    a_sender(office.port, authority).send(an_email("a-8"), timeout=TIMEOUT)

    with_url, without = (read(received.content) for received in office.received)
    assert with_url["List-Unsubscribe"] == f"<{url}a-7>"
    assert with_url["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert without["List-Unsubscribe"] is None
    assert without["List-Unsubscribe-Post"] is None


def test_its_size_is_told_to_a_server_that_asks() -> None:
    with post_office(largest=100_000) as office:
        a_plain_sender(office.port).send(an_email(), timeout=TIMEOUT)

    [received] = office.received
    assert received.options == (f"SIZE={len(received.content)}",)


def test_several_threads_may_send_at_once(office: PostOffice, authority: Authority) -> None:
    sender = a_sender(office.port, authority)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda number: sender.send(an_email(f"a-{number}"), timeout=TIMEOUT), range(24)))

    assert outcomes == [Accepted(f"a-{number}@willow.example") for number in range(24)]
    assert len({received.content for received in office.received}) == 24


def test_an_id_fits_what_an_attempt_keeps_however_long_the_domain() -> None:
    domain = f"{'a' * 60}.{'b' * 60}.example"
    with post_office() as office:
        sender = a_sender(office.port, tls=Tls.OFF, login=None, sender=f"care@{domain}")

        outcome = sender.send(an_email("a-7"), timeout=TIMEOUT)

    assert isinstance(outcome, Accepted)
    assert len(outcome.provider_id) == 100
    assert read(office.received[0].content)["Message-ID"] == f"<a-7@{domain}>"


@pytest.mark.parametrize(
    "to",
    [
        "bad..addr@",
        "bad..addr@patients.example",
        "",
        "amira",
        "amira@",
        "@patients.example",
        "amira@patients",
        "amira@patients.example\r\nBcc: all@patients.example",
        "amira@patients.example\n",
        "amira@patients.example, b@patients.example",
        "<amira@patients.example>",
        "amira @patients.example",
        "zoë@patients.example",
        f"{'a' * 65}@patients.example",
        "amira@patients.example\x00",
        "\ud800@patients.example",
    ],
)
def test_what_is_no_address_is_refused_before_anything_is_opened(to: str) -> None:
    with post_office() as office:
        outcome = a_plain_sender(office.port).send(an_email(to=to), timeout=TIMEOUT)

    assert isinstance(outcome, Refused)
    assert (outcome.fault, outcome.code) == (Fault.PERMANENT, "address")
    assert office.heard == {}


def test_a_domain_in_other_letters_is_written_in_its_encoded_form(office: PostOffice, authority: Authority) -> None:
    a_sender(office.port, authority).send(an_email(to="amira@żółw.example"), timeout=TIMEOUT)

    [received] = office.received
    assert received.recipients == ("amira@xn--w-uga1v8h.example",)
    assert read(received.content)["To"] == "amira@xn--w-uga1v8h.example"
