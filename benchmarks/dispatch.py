"""Dispatch with a sender that answers at once: what one process sends a second, beside bare SQL and a job store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from time import perf_counter

from sqlalchemy import text

from benchmarks import job_store
from benchmarks.clinic import DUE, Due, fill, new_drain
from benchmarks.floor import Recording, replay
from benchmarks.rows import Benchmark, Figures, Row, Setting
from benchmarks.stores import POSTGRESQL, SQLITE, TITLES, Store
from scheduler.storage.database import Database

_DEFAULT_THREADS = 16
_OTHER_THREADS = (1, 64)
_PATIENTS = 500
_PATIENTS_QUICK = 100
_WARM_UP = 30
"""Reminders sent first: a process that has just started compiles its statements, once."""


def _run(kind: str, setting: Setting) -> Figures:
    store = setting.stores.open(kind)
    due = fill(store, patients=_PATIENTS_QUICK if setting.quick else _PATIENTS)
    rounds = 2 if setting.quick else 3
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):  # one of each in turn, so that a slow minute of the machine slows all
        for name, value in (*_beside_bare_sql(store, due), *_beside_job_store(store, due)):
            found[name].append(value)
    for name in ("default", "bare-sql", "job-store", "job-store-unrecorded"):
        yield name, found[name]
    yield "share-of-bare-sql", [100 * ours / bare for ours, bare in _pairs(found, "bare-sql")]
    yield "times-job-store", [ours / theirs for ours, theirs in _pairs(found, "job-store")]
    yield "intents", found["intents"]
    for threads in _OTHER_THREADS:
        runs = [_drain(store, due, threads=threads) for _ in range(1 if setting.quick else rounds)]
        yield f"threads-{threads}", [rate for rate, _ in runs]
        yield f"intents-{threads}", [_intents(recording) for _, recording in runs]


def _beside_bare_sql(store: Store, due: Due) -> Iterator[tuple[str, float]]:
    rate, recording = _drain(store, due, threads=_DEFAULT_THREADS)
    yield "default", rate
    yield "intents", _intents(recording)
    url = store.copy(due.url)
    yield "bare-sql", sum(recording.intents) / replay(recording, url)
    _check(url, due)
    store.drop(url)


def _beside_job_store(store: Store, due: Due) -> Iterator[tuple[str, float]]:
    for name, record in (("job-store", True), ("job-store-unrecorded", False)):
        url = store.new()
        yield name, due.reminders / job_store.seconds(url, messages=due.reminders, record=record)
        store.drop(url)


def _drain(store: Store, due: Due, *, threads: int) -> tuple[float, Recording]:
    """Reminders a second from claim to recorded answer, once the process is warm, and what went to the database."""
    url = store.copy(due.url)
    database, recording = Database(url, due.keys), Recording()
    recording.listen(database.engine)
    drain = new_drain(database, at=DUE, threads=threads)
    drain.run(until=lambda: sum(recording.intents) >= _WARM_UP)
    recording.warmed_up()
    start = perf_counter()
    reminders = drain.run(until=lambda: False)
    seconds = perf_counter() - start
    drain.stop()
    database.close()
    _check(url, due)
    store.drop(url)
    return reminders / seconds, recording


def _check(url: str, due: Due) -> None:
    """A figure counts only if every reminder that was due is sent, and its attempt and its told dates are stored."""
    database = Database(url, due.keys, pool_size=1)
    sent = text(
        "SELECT count(*) FROM reminders WHERE rule = 'no-actives' AND status = 'sent'"
        " AND EXISTS (SELECT 1 FROM attempts WHERE reminder_id = reminders.id AND ending = 'accepted')"
        " AND EXISTS (SELECT 1 FROM told_dates WHERE reminder_id = reminders.id)"
    )
    with database.engine.connect() as connection:
        found = connection.execute(sent).scalar_one()
    database.close()
    if found != due.reminders:
        message = f"{found} of {due.reminders} reminders were sent and recorded"
        raise RuntimeError(message)


def _intents(recording: Recording) -> float:
    return sum(recording.intents) / len(recording.intents)


def _pairs(found: dict[str, list[float]], other: str) -> Iterator[tuple[float, float]]:
    return zip(found["default"], found[other], strict=True)


def _benchmark(kind: str) -> Benchmark:
    title = TITLES[kind]
    return Benchmark(
        name=f"dispatch-{kind}",
        title="Dispatch",
        about=(
            f"{_PATIENTS} patients who are all due the same text at one moment (one that tells five dates, the most "
            "that any does), their other texts waiting or sent. One process claims, checks, renders, encrypts, "
            "stores the intent, calls a sender that answers at once, and stores the answer and the told dates. "
            "Bare SQL is the very same statements, values and commits once more on a copy of the database, by the "
            "driver alone. The job store is APScheduler's SQLAlchemyJobStore with 16 threads and one job a message: "
            "as recorded, it stores `sending` before the call and `sent` after it, as we do, but decides, renders "
            "and encrypts nothing, and what it deletes before the job runs is lost in a crash. Ours, bare SQL and "
            "the job store take turns, and each ratio is of one such turn."
        ),
        rows=(
            Row(name="default", what=f"{title}, 16 threads (the default)", unit="reminders/s"),
            Row(name="bare-sql", what=f"{title}, its bare SQL", unit="reminders/s"),
            Row(name="share-of-bare-sql", what=f"{title}, ours as a share of bare SQL", unit="%"),
            Row(name="job-store", what=f"{title}, job store, each message recorded", unit="messages/s"),
            Row(name="job-store-unrecorded", what=f"{title}, job store, nothing recorded", unit="messages/s"),
            Row(name="times-job-store", what=f"{title}, ours as a multiple of the job store, recorded", unit="times"),
            Row(name="intents", what=f"{title}, 16 threads: intents a commit", unit="intents"),
            *(row for threads in _OTHER_THREADS for row in _threads_rows(title, threads)),
        ),
        run=partial(_run, kind),
    )


def _threads_rows(title: str, threads: int) -> tuple[Row, Row]:
    which = f"{title}, {threads} thread{'s' if threads > 1 else ''}"
    return (
        Row(name=f"threads-{threads}", what=which, unit="reminders/s"),
        Row(name=f"intents-{threads}", what=f"{which}: intents a commit", unit="intents"),
    )


BENCHMARKS = (_benchmark(SQLITE), _benchmark(POSTGRESQL))
