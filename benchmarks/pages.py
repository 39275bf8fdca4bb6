"""Pages of the desk: how long the server takes for each, and how many statements it runs, on a clinic's year."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any
from urllib.parse import quote

from fastapi.testclient import TestClient
from sqlalchemy import Connection, event

from benchmarks.desk import NOW, PER_PATIENT, Year, fill_year, patient_id, session_id
from benchmarks.names import name_of
from benchmarks.rows import Benchmark, Figures, Row, Setting
from benchmarks.stores import POSTGRESQL, SQLITE, TITLES
from scheduler.catalog.shipped import load_catalog
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.roles import Role
from scheduler.settings.model import shipped_config
from scheduler.storage.clinics import get_clinic
from scheduler.storage.database import Database, Db
from scheduler.web.app import create_app
from scheduler.web.parts import WebParts
from tests.people import a_colleague
from tests.web.pages.desk_client import COOKIE, enter

_PATIENTS = 50_000
_PATIENTS_QUICK = 2_000
_ROUNDS = 3
_REQUESTS = 40
_WARM_UP = 3
_EMAIL = "sam@willow.example"
_MOST_MS = 150
Address = Callable[[int], str]
"""Of the n-th request for a page."""
_PAGES: dict[str, tuple[str, Address]] = {
    "today": ("Today", lambda _: "/today"),
    "board": ("Today's board, as the page asks for it by itself", lambda _: "/today/board?needs=3"),
    "outbox": ("the outbox, last 7 days", lambda n: f"/outbox?page={1 + n % 5}"),
    "outbox-failed": ("the outbox, not delivered in 90 days", lambda _: "/outbox?days=90&state=not-delivered"),
    "outbox-number": ("the outbox, by the end of a number", lambda n: f"/outbox?days=any&who={n * 37:04}"),
    "outbox-name": (
        "the outbox, by a name that dozens have",
        lambda n: f"/outbox?days=any&who={quote(name_of(n * 11))}",
    ),
    "outbox-patient": ("the outbox, one patient's", lambda n: f"/outbox?patient={patient_id(n * 11)}"),
    "patients": ("the patients, all", lambda n: f"/patients?page={1 + n % 5}"),
    "patients-name": ("the patients, by a name", lambda n: f"/patients?q={quote(name_of(n * 11))}"),
    "register": ("Register, with a patient chosen", lambda n: f"/register?patient={patient_id(n * 11)}"),
    "patient": ("a patient", lambda n: f"/patients/{patient_id(n * 11)}"),
    "session": ("a session", lambda n: f"/sessions/{session_id(n * 11)}"),
}


def _run(kind: str, setting: Setting) -> Figures:
    wanted = _PATIENTS_QUICK if setting.quick else _PATIENTS
    year = fill_year(setting.stores.open(kind).new(), patients_wanted=wanted)
    database = Database(year.url, year.keys)
    client = _client(database, year)
    rounds, requests = (1, 10) if setting.quick else (_ROUNDS, _REQUESTS)
    for name, (_, address) in _PAGES.items():
        _ask(client, [address(number) for number in range(_WARM_UP)])
        runs = [_ask(client, [address(turn * requests + n) for n in range(requests)]) for turn in range(rounds)]
        yield f"{name}-p50", [_percentile(run, 50) for run in runs]
        yield f"{name}-p95", [_percentile(run, 95) for run in runs]
        yield f"{name}-statements", [float(_statements(database, client, address(0)))]
    database.close()


def _client(database: Database, year: Year) -> TestClient:
    """Somebody of the clinic who is signed in, in the process of the server itself: no socket is between."""

    def clock(db: Db) -> Any:  # noqa: ANN401  the present, which stands still; the database is asked all the same
        db.server_now()
        return NOW

    with database.read(year.clinic_id) as db:
        clinic: Clinic = get_clinic(db)
    a_colleague(database, clinic, email=_EMAIL, role=Role.MANAGER)
    client = TestClient(
        create_app(WebParts(database=database, catalog=load_catalog(shipped_config()), clock=clock)),
        follow_redirects=False,
    )
    client.cookies.set(COOKIE, enter(database, _EMAIL, now=NOW).secret)
    return client


def _ask(client: TestClient, addresses: Sequence[str]) -> list[float]:
    """Milliseconds of each request. A figure counts only if the page was shown."""
    return [_timed(client, address) for address in addresses]


def _timed(client: TestClient, address: str) -> float:
    start = perf_counter()
    answer = client.get(address)
    milliseconds = 1000 * (perf_counter() - start)
    if answer.status_code != 200:  # noqa: PLR2004  the page
        message = f"{address} was answered with {answer.status_code}"
        raise RuntimeError(message)
    return milliseconds


def _statements(database: Database, client: TestClient, address: str) -> int:
    seen: list[str] = []

    def note(_: Connection, __: object, sql: str, *___: object) -> None:
        seen.append(sql)

    event.listen(database.engine, "before_cursor_execute", note)
    _timed(client, address)
    event.remove(database.engine, "before_cursor_execute", note)
    return len(seen)


def _percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that so many percent of all are at most."""
    return sorted(values)[math.ceil(len(values) * share / 100) - 1]


def _rows(kind: str) -> tuple[Row, ...]:
    return tuple(
        row
        for name, (what, _) in _PAGES.items()
        for row in (
            Row(name=f"{name}-p50", what=f"{TITLES[kind]}, {what}: half of the answers within", unit="ms"),
            Row(name=f"{name}-p95", what="95 of 100 answers within", unit="ms", aim=f"under {_MOST_MS}"),
            Row(name=f"{name}-statements", what="statements that it runs", unit="statements"),
        )
    )


def _benchmark(kind: str) -> Benchmark:
    return Benchmark(
        name=f"pages-{kind}",
        title="Pages of the desk",
        about=(
            f"A clinic's year: {_PATIENTS:,} patients with a session each, {_PATIENTS * PER_PATIENT:,} messages, most "
            "of them delivered, and their attempts. Each page is asked for by one person who is signed in, within the "
            "server's own process and without a socket; the time holds all that the server does, from the request to "
            "the last byte of HTML, and some milliseconds of the client that asks."
        ),
        rows=_rows(kind),
        run=partial(_run, kind),
    )


BENCHMARKS = (_benchmark(SQLITE), _benchmark(POSTGRESQL))
