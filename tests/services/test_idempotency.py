from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid
from scheduler.services.idempotency import Answered, Asked, once
from scheduler.services.upkeep import forget
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, a_clinic, stored_rows

DAY = timedelta(hours=24)
MOMENT = timedelta(microseconds=1)
ASKED = Asked(route="POST /sessions", key="k-1", body=b'{"a": 1}')


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


class Work:
    """Something that must happen once."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Answered:
        self.times += 1
        return Answered(status=201, body=f"done {self.times}")


def ask(
    database: Database, clinic: Clinic, work: Callable[[], Answered], asked: Asked = ASKED, *, now: datetime = NOW
) -> Answered:
    with database.write(clinic.id) as db:
        return once(db, asked, work, now=now)


def test_a_request_that_comes_again_gets_the_first_ones_answer(database: Database, clinic: Clinic) -> None:
    work = Work()

    first, second = (ask(database, clinic, work) for _ in range(2))

    assert first == Answered(status=201, body="done 1")
    assert second == Answered(status=201, body="done 1", replayed=True)
    assert work.times == 1


def test_an_answer_is_kept_for_a_day(database: Database, clinic: Clinic) -> None:
    work = Work()
    ask(database, clinic, work)

    kept = ask(database, clinic, work, now=NOW + DAY - MOMENT)
    gone = ask(database, clinic, work, now=NOW + DAY)

    assert (kept.body, gone.body) == ("done 1", "done 2")


def test_answers_that_are_no_longer_kept_are_dropped(database: Database, clinic: Clinic) -> None:
    ask(database, clinic, Work())
    ask(database, clinic, Work(), Asked(route="POST /sessions", key="k-2", body=b""), now=NOW + MOMENT)

    with database.write(ALL_CLINICS) as db:
        forget(db, now=NOW + DAY)

    assert stored_rows(database)["kept_answers"] == 1


def test_another_body_under_the_same_key_is_refused(database: Database, clinic: Clinic) -> None:
    work = Work()
    ask(database, clinic, work)

    with pytest.raises(Invalid, match="came with another body before") as told:
        ask(database, clinic, work, Asked(route=ASKED.route, key=ASKED.key, body=b'{"a": 2}'))

    assert told.value.problems[0].field == "Idempotency-Key"
    assert work.times == 1


def test_the_same_key_on_another_route_or_in_another_clinic_is_another(database: Database, clinic: Clinic) -> None:
    work, other = Work(), a_clinic(database, name="Birch")

    ask(database, clinic, work)
    ask(database, clinic, work, Asked(route="POST /reminders/r/skip", key=ASKED.key, body=ASKED.body))
    ask(database, other, work)

    assert work.times == 3


def test_work_that_fails_keeps_no_answer(database: Database, clinic: Clinic) -> None:
    def fail() -> Answered:
        raise Invalid.of("name", "give one")

    before = stored_rows(database)
    with pytest.raises(Invalid, match="give one"):
        ask(database, clinic, fail)
    after = stored_rows(database)

    assert after == before
    assert ask(database, clinic, Work()).body == "done 1"


def test_the_work_and_its_answer_are_stored_together_or_not_at_all(database: Database, clinic: Clinic) -> None:
    work = Work()

    with pytest.raises(InterruptedError):
        ask_and_fail(database, clinic, work)

    assert stored_rows(database)["kept_answers"] == 0
    assert ask(database, clinic, work).body == "done 2"


def ask_and_fail(database: Database, clinic: Clinic, work: Work) -> None:
    with database.write(clinic.id) as db:
        once(db, ASKED, work, now=NOW)
        raise InterruptedError


def test_two_at_once_do_the_work_once(database: Database, clinic: Clinic) -> None:
    work, together = Work(), threading.Barrier(4)

    def desk(_: int) -> Answered:
        together.wait()
        return ask(database, clinic, work)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(desk, range(4)))

    assert {answer.body for answer in answers} == {"done 1"}
    assert [answer.replayed for answer in answers].count(False) == 1
    assert work.times == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "two\nlines", "ümlaut", "\x7f"])
def test_a_key_that_will_not_do_is_refused(database: Database, clinic: Clinic, key: str) -> None:
    work = Work()

    with pytest.raises(Invalid, match="1 to 255 printable ASCII characters"):
        ask(database, clinic, work, Asked(route="POST /sessions", key=key, body=b""))

    assert work.times == 0
