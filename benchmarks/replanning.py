"""Making stored plans anew: how many patients a second one process loads, plans, compares and stores."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from time import perf_counter

from benchmarks.clinic import KNOWN, Due, fill
from benchmarks.rows import Benchmark, Figures, Row, Setting
from benchmarks.stores import POSTGRESQL, SQLITE, TITLES, Store
from scheduler.catalog.shipped import load_catalog
from scheduler.services import clinics, replanning
from scheduler.services.replanning import Replanned
from scheduler.settings.model import shipped_config
from scheduler.storage.database import Database, Db

_PATIENTS = 10_000
_REGISTERED = 100
"""Of whom each is there many times over: registering all would take longer than what is measured."""
_TIMES_QUICK = 5
_OTHER_ZONE = "Europe/Berlin"


def _run(kind: str, setting: Setting) -> Figures:
    store = setting.stores.open(kind)
    times = _TIMES_QUICK if setting.quick else _PATIENTS // _REGISTERED
    filled = fill(store, patients=_REGISTERED, day_0_sent=False, times=times)
    unchanged, moved = _round(store, filled)  # once: so many patients are an average by themselves
    yield "unchanged", [unchanged]
    yield "moved", [moved]


def _round(store: Store, filled: Due) -> tuple[float, float]:
    """Patients a second whose plans stay as they are, and patients a second of whom every reminder moves."""
    url = store.copy(filled.url)
    database = Database(url, filled.keys)
    unchanged, done = _replan(database, filled)
    _check(not done.moved and not done.reworded, done)
    with database.write(filled.clinic_id) as db:
        catalog = load_catalog(shipped_config())
        clinics.set_setting(db, "zone", _OTHER_ZONE, catalog=catalog, by="benchmark", now=KNOWN)
    moved, done = _replan(database, filled)
    _check(done.moved > filled.reminders, done)
    database.close()
    store.drop(url)
    return unchanged, moved


def _replan(database: Database, filled: Due) -> tuple[float, Replanned]:
    start = perf_counter()
    done = replanning.replan_clinic(database, filled.clinic_id, _clock)
    seconds = perf_counter() - start
    _check(done.patients == filled.reminders and not done.failed, done)
    return done.patients / seconds, done


def _check(as_meant: bool, done: Replanned) -> None:  # noqa: FBT001  what is checked stands in the call
    """A figure counts only if every patient was planned, and what should move did."""
    if not as_meant:
        message = f"planning anew did something else than it should: {done}"
        raise RuntimeError(message)


def _clock(_: Db) -> datetime:
    return KNOWN


def _benchmark(kind: str) -> Benchmark:
    title = TITLES[kind]
    return Benchmark(
        name=f"replanning-{kind}",
        title="Planning stored patients anew",
        about=(
            f"A clinic of {_PATIENTS:,} patients with one session and a plan of about ten reminders each, planned anew "
            "as `aftercare replan` does it, in one process and in the chunks that it ships with: each patient is "
            "locked and loaded, planned, compared with what is stored, and what changed is stored. First nothing "
            "changes, as with most patients when zone data do; then the clinic has moved to another zone, and every "
            "reminder with it."
        ),
        rows=(
            Row(name="unchanged", what=f"{title}, nothing changes", unit="patients/s", aim="at least 500"),
            Row(name="moved", what=f"{title}, every reminder moves by an hour", unit="patients/s"),
        ),
        run=partial(_run, kind),
    )


BENCHMARKS = (_benchmark(SQLITE), _benchmark(POSTGRESQL))
