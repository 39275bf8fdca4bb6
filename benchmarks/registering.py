"""Registering over HTTP: how long `POST /api/v1/sessions` takes for one client of a real `aftercare serve`."""

from __future__ import annotations

import http.client
import json
import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import count
from time import perf_counter

from benchmarks.clinic import phone
from benchmarks.rows import Benchmark, Figures, Row, Setting
from benchmarks.service import Installation, Serving
from benchmarks.stores import POSTGRESQL, SQLITE, TITLES, CannotRun
from scheduler.clock import utc_now

_WARM_UP = 20
_ROUNDS = 5
_REQUESTS = 150


def _run(kind: str, setting: Setting) -> Figures:
    installation = Installation(setting.stores.folder(), setting.stores.open(kind).new())
    token = _open_clinic(installation)
    rounds, requests = (2, 20) if setting.quick else (_ROUNDS, _REQUESTS)
    with installation.serve() as serving:
        client = _Client(serving, token)
        client.register(_WARM_UP)
        runs = [client.register(requests) for _ in range(rounds)]
        yield "p50", [_percentile(run, 50) for run in runs]
        yield "p99", [_percentile(run, 99) for run in runs]
        yield "rate", [1000 * len(run) / sum(run) for run in runs]
        yield "memory", [serving.memory()]


def _open_clinic(installation: Installation) -> str:
    """A token of a new clinic."""
    installation.run("migrate")
    words = ("--name", "Willow Skin", "--zone", "Europe/London", "--country", "GB", "--phone", "020 7946 0018")
    clinic = json.loads(installation.run("clinic", "add", *words, "--json"))["id"]
    token: str = json.loads(installation.run("token", "add", "--clinic", clinic, "--json"))["token"]
    return token


class _Client:
    """One client that keeps its connection, and asks again as soon as it has an answer."""

    def __init__(self, serving: Serving, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._numbers = count(1)

    def register(self, times: int) -> list[float]:
        """Milliseconds of each request, from the first byte sent to the last byte read."""
        return [self._request(body) for body in self._bodies(times)]

    def _bodies(self, times: int) -> Iterator[str]:
        ended_at = (utc_now() - timedelta(minutes=5)).isoformat()
        for _ in range(times):
            number = next(self._numbers)
            consent = {"sms": True, "source": "desk"}
            patient = {"name": f"Amira Khan {number}", "phone": phone(number), "language": "en", "consent": consent}
            facts = {"needle_mm": 0.5, "modality": "pen", "areas": ["face"]}
            yield json.dumps({"patient": patient, "procedure": "microneedling", "ended_at": ended_at, "facts": facts})

    def _request(self, body: str) -> float:
        start = perf_counter()
        self._connection.request("POST", "/api/v1/sessions", body, self._headers)
        answer = self._connection.getresponse()
        said = answer.read()
        milliseconds = 1000 * (perf_counter() - start)
        if answer.status != http.client.CREATED:
            message = f"POST /api/v1/sessions answered {answer.status}: {said[:200].decode(errors='replace')}"
            raise CannotRun(message)
        return milliseconds


def _percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least this share of them don't exceed."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def _benchmark(kind: str) -> Benchmark:
    title = TITLES[kind]
    return Benchmark(
        name=f"registering-{kind}",
        title="Registering",
        about=(
            "One client with one connection and no pause, against `aftercare serve` with its worker running on the "
            "same machine: each request registers a session of a patient not seen before, and answers with windows, "
            f"reminders and reasons once all is committed. {_ROUNDS} rounds of {_REQUESTS}, after {_WARM_UP} to warm "
            "up; memory is the server's after all of them."
        ),
        rows=(
            Row(name="p50", what=f"{title}, half of the answers within", unit="ms"),
            Row(
                name="p99",
                what=f"{title}, 99 of 100 answers within",
                unit="ms",
                aim="under 60" if kind == SQLITE else "",
            ),
            Row(name="rate", what=f"{title}, one client", unit="sessions/s"),
            Row(name="memory", what=f"{title}, resident memory of the server afterwards", unit="MiB"),
        ),
        run=partial(_run, kind),
    )


BENCHMARKS = (_benchmark(SQLITE), _benchmark(POSTGRESQL))
