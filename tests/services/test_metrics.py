from __future__ import annotations

import urllib.request
from collections.abc import Callable
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.budgets import Budget
from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.services.drain import Drain
from scheduler.services.figures import read_figures
from scheduler.services.health import TickHealth
from scheduler.services.metrics import Metrics
from scheduler.storage import heartbeats, resting, senders
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    StoppedClock,
    a_clinic,
    a_drain,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
)
from tests.fakes import AnsweringSender

MINUTE = timedelta(minutes=1)
NAME, PHONE = "Zephyrine Quill", "+447700900188"


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database, name="Juniper Row")


def metrics_of(database: Database, clock: StoppedClock) -> Metrics:
    return Metrics(lambda: read_figures(database, clock), utc_now=clock)


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample as Prometheus' own parser reads it: by name and the values of its labels, by their names."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {_key(sample): sample.value for family in families for sample in family.samples}


def _key(sample: Sample) -> tuple[str, ...]:
    return (sample.name, *(value for _, value in sorted(sample.labels.items())))


def drained(database: Database, clinic: Clinic, outcomes: Callable[[int], Outcome], *, count: int) -> Metrics:
    """What is told after a process handed over so many messages, half a minute late, each answered its own way."""
    clock = StoppedClock(NOW + timedelta(seconds=30))
    view = a_quiet_session(database, clinic, a_person(NAME, phone=PHONE))
    add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(count)])
    answers = [outcomes(place) for place in range(count)]
    drain = a_drain(database, AnsweringSender(*answers), clock)
    drain.meter = metrics = metrics_of(database, clock)
    send_all(drain)
    return metrics


def send_all(drain: Drain) -> None:
    drain.run(until=lambda: False)
    drain.stop()


def test_what_was_handed_over_is_counted_by_channel_and_kind_and_how_late(database: Database, clinic: Clinic) -> None:
    found = samples(drained(database, clinic, lambda place: Accepted(f"id-{place}"), count=3))

    assert found["aftercare_attempts_total", "sms", "accepted"] == 3
    assert found["aftercare_lateness_seconds_count", "sms", "instruct"] == 3
    assert found["aftercare_lateness_seconds_sum", "sms", "instruct"] == 90
    assert found["aftercare_lateness_seconds_bucket", "sms", "instruct", "10.0"] == 0
    assert found["aftercare_lateness_seconds_bucket", "sms", "instruct", "30.0"] == 3
    assert found["aftercare_reminders", "sms", "sent"] == 3
    assert found["aftercare_backlog_oldest_seconds",] == 0


def test_every_ending_has_its_count(database: Database, clinic: Clinic) -> None:
    answers = (
        Accepted("id"),
        Refused(Fault.PERMANENT, "30006", "a landline"),
        Refused(Fault.CONFIG, "20003", "the token is wrong"),
        NotSent("20429", "too many"),
        Unknown("no answer"),
    )
    found = samples(drained(database, clinic, lambda place: answers[place], count=len(answers)))

    endings = {key[2]: value for key, value in found.items() if key[0] == "aftercare_attempts_total"}
    assert endings == dict.fromkeys(("accepted", "refused_permanent", "refused_config", "not_sent", "unknown"), 1)
    assert found["aftercare_lateness_seconds_count", "sms", "instruct"] == 1
    assert found["aftercare_doubts",] == 1
    assert found["aftercare_sender_held", "20003", "sandbox-sms"] == 1
    assert found["aftercare_reminders", "sms", "failed"] == 1


def test_what_waits_and_what_is_spent_is_told_by_the_senders_id(database: Database, clinic: Clinic) -> None:
    view = a_quiet_session(database, clinic)
    add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(4)])
    with database.write(ALL_CLINICS) as db:
        senders.set_budget(db, "sandbox-sms", Budget(money_per_month=60_000, price_per_part=40_000))
        resting.let_rest(db, "settings-sms", now=NOW + 6 * MINUTE)
        senders.hold_sender(db, "settings-email", reason=f"{NAME} complained", at=NOW)
        heartbeats.beat(db, "node-1", now=NOW + 5 * MINUTE)
        heartbeats.beat(db, "node-2", now=NOW)
    clock = StoppedClock(NOW + 6 * MINUTE)
    drain = a_drain(database, AnsweringSender(Accepted("id")), clock)
    drain.most_claimed = 1
    send_all(drain)

    found = samples(metrics_of(database, clock))

    assert found["aftercare_backlog", "0", "sandbox-sms"] == 3
    assert found["aftercare_backlog", "300", "sandbox-sms"] == 3
    assert found["aftercare_backlog", "900", "sandbox-sms"] == 0
    assert found["aftercare_backlog_oldest_seconds",] == 360
    assert found["aftercare_sender_month_money", "sandbox-sms"] == 0.06
    assert found["aftercare_sender_month_spent", "sandbox-sms"] == 0.04
    assert found["aftercare_sender_out_of_money", "sandbox-sms"] == 1
    assert found["aftercare_sender_held", "person", "settings-email"] == 1
    assert found["aftercare_sender_resting", "settings-sms"] == 1
    assert found["aftercare_nodes",] == 1
    assert found["aftercare_node_last_seen_timestamp_seconds",] == (NOW + 5 * MINUTE).timestamp()


def test_ticks_are_told_where_an_engine_runs(database: Database) -> None:
    metrics = metrics_of(database, StoppedClock())
    good = TickHealth(
        name="drain", every=MINUTE, last_started=NOW, last_ok=NOW, last_error=None, last_seconds=0.25, errors=2
    )
    bad = TickHealth(name="upkeep", every=MINUTE, last_started=NOW, last_ok=None, last_error=f"OSError: {NAME}")
    metrics.watch(lambda: (good, bad))

    found = samples(metrics)

    assert found["aftercare_tick_last_ok_timestamp_seconds", "drain"] == NOW.timestamp()
    assert found["aftercare_tick_last_duration_seconds", "drain"] == 0.25
    assert found["aftercare_tick_errors_total", "drain"] == 2
    assert (found["aftercare_tick_late", "drain"], found["aftercare_tick_late", "upkeep"]) == (0, 1)
    assert NAME not in metrics.text().decode()


def test_settled_doubts_are_counted(database: Database) -> None:
    metrics = metrics_of(database, StoppedClock())

    metrics.settled(found=2, decided=1)

    assert samples(metrics)["aftercare_doubts_settled_total", "found"] == 2
    assert samples(metrics)["aftercare_doubts_settled_total", "decided"] == 1


def test_without_the_store_a_process_still_tells_of_itself() -> None:
    found = samples(Metrics(lambda: None, utc_now=StoppedClock()))

    assert found["aftercare_store_up",] == 0
    assert found["process_resident_memory_bytes",] > 0
    assert not [key for key in found if key[0] == "aftercare_reminders"]


def test_nothing_personal_is_told(database: Database, clinic: Clinic) -> None:
    text = drained(database, clinic, lambda _: Refused(Fault.CONFIG, "21211", f"{PHONE} of {NAME}"), count=1).text()

    told = text.decode().lower()
    words = (*NAME.split(), PHONE, PHONE[-6:], clinic.id, *clinic.name.split())
    assert [word for word in words if word.lower() in told] == []


def test_a_process_without_pages_tells_it_at_a_port_of_its_own(database: Database) -> None:
    metrics = metrics_of(database, StoppedClock())

    with (
        metrics.served("127.0.0.1", 0) as port,
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        text = answer.read().decode()

    assert "aftercare_store_up 1.0" in text
