"""The link that emails carry: a page to look at, and a post that ends them."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.consent import Purpose, Word, latest
from scheduler.domain.people.patients import Channel
from scheduler.storage.consents import consents_of
from scheduler.storage.database import Database
from tests.builders import (
    NOW,
    a_clinic,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    statuses,
)
from tests.fakes import AcceptingSender
from tests.web.api_client import Api

ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Link:
    """An email that went out, one that is still to come, and the link in the first."""

    def __init__(self, api: Api, database: Database, channel: Channel = Channel.EMAIL) -> None:
        self.database = database
        self.clinic = a_clinic(database, name="Fern & <b>Co</b>")
        view = a_quiet_session(database, self.clinic, a_person(email="amira@example.com", mail=True))
        self.patient_id = str(view.patient_id)
        self.first = add_reminders(database, self.clinic, view, [a_planned(str(view.id), channel=channel)])
        sender = AcceptingSender()
        drain_at(database, sender, NOW)
        self.second = add_reminders(
            database, self.clinic, view, [a_planned(str(view.id), rule="later", channel=Channel.EMAIL)]
        )
        self.path = f"/u/{sender.sent[0].attempt_id}"
        self.client = TestClient(api.app)

    @property
    def words(self) -> set[Word | None]:
        with self.database.read(self.clinic.id) as db:
            history = consents_of(db, {self.patient_id})[self.patient_id]
        return {latest(history, channel=Channel.EMAIL, purpose=purpose) for purpose in Purpose}

    @property
    def texts(self) -> Word | None:
        with self.database.read(self.clinic.id) as db:
            history = consents_of(db, {self.patient_id})[self.patient_id]
        return latest(history, channel=Channel.SMS, purpose=Purpose.CARE)


@pytest.fixture
def link(api: Api, database: Database) -> Link:
    return Link(api, database)


def test_looking_shows_a_button_and_ends_nothing(link: Link) -> None:
    answer = link.client.get(link.path)

    assert answer.status_code == 200
    assert '<form method="post"><button>Stop these emails</button></form>' in answer.text
    assert "Fern &amp; &lt;b&gt;Co&lt;/b&gt;" in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert Word.STOPPED not in link.words


def test_posting_ends_emails_at_once_and_leaves_texts(link: Link) -> None:
    answer = link.client.post(link.path, content=ONE_CLICK, headers=FORM)

    assert answer.status_code == 200
    assert "Emails are stopped" in answer.text
    assert link.words == {Word.STOPPED}
    assert link.texts is Word.GIVEN
    assert statuses(link.database, link.clinic)[link.second[0]] is not Status.SCHEDULED


def test_posting_again_says_the_same(link: Link) -> None:
    first, again = (link.client.post(link.path) for _ in range(2))

    assert (first.status_code, first.text) == (again.status_code, again.text)


@pytest.mark.parametrize("token", ["nobody", "x" * 300, "%00", "%F0%9F%98%80", "..%2F"])
def test_a_link_that_is_not_known_says_so_kindly(link: Link, token: str) -> None:
    asked, posted = link.client.get(f"/u/{token}"), link.client.post(f"/u/{token}")

    assert (asked.status_code, posted.status_code) == (404, 404)
    assert Word.STOPPED not in link.words


def test_a_text_is_no_key_to_emails(api: Api, database: Database) -> None:
    link = Link(api, database, Channel.SMS)

    assert link.client.post(link.path).status_code == 404
