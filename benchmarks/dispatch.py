"""Dispatch with a sender that answers at once: what one process sends a second, beside bare SQL and doubts a kill."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks.clinic import DUE, Due, fill, handed_over, new_drain
from benchmarks.floor import Recording, replay
from benchmarks.killing import doubts
from benchmarks.peers.running import PEERS, Peer, broker_used, check_installed, peer_rate
from benchmarks.rows import DISPATCH, Benchmark, Figures, NotCounted, Row, Setting
from benchmarks.sending import WARM_TURNS
from benchmarks.stores import POSTGRESQL, SQLITE, TITLES, Store
from scheduler.storage.crypto import make_key_file
from scheduler.storage.database import Database

THREADS = {16: 11, 100: 67}
"""For so many intents a commit: a process starts half as many calls again as it has threads."""
_AIMS = {SQLITE: {16: 2000, 100: 4000}, POSTGRESQL: {16: 1000, 100: 2500}}
_SHARE = 50
_DOUBTS = 1.5
"""A kill, as a multiple of the threads."""
_AGAINST_PEERS = 100
"""Intents a commit of ours that stand beside a peer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    registered: int
    times: int
    rounds: int
    jobs: int
    kills: int
    peer_threads: tuple[int, ...]


_FULL = _Size(registered=200, times=12, rounds=3, jobs=400, kills=5, peer_threads=(4, 16))
_QUICK = _Size(registered=60, times=10, rounds=1, jobs=150, kills=2, peer_threads=(16,))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filled:
    store: Store
    due: Due
    key_file: Path
    size: _Size


def _fill(kind: str, setting: Setting) -> _Filled:
    return setting.stores.once(f"due-{kind}", lambda: _filled(kind, setting))


def _filled(kind: str, setting: Setting) -> _Filled:
    size = _QUICK if setting.quick else _FULL
    key_file = setting.stores.folder() / "aftercare.key"
    store = setting.stores.open(kind)
    due = fill(store, patients=size.registered, times=size.times, keys=make_key_file(key_file))
    return _Filled(store=store, due=due, key_file=key_file, size=size)


def _run(kind: str, setting: Setting) -> Figures:
    filled = _fill(kind, setting)
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(filled.size.rounds):  # one of each in turn, so that a slow minute of the machine slows all
        for intents, threads in THREADS.items():
            for name, value in _beside_bare_sql(filled, threads):
                found[f"{name}-{intents}"].append(value)
    for intents, threads in THREADS.items():
        for name in ("ours", "bare-sql", "share", "intents"):
            yield f"{name}-{intents}", found[f"{name}-{intents}"]
        left = doubts(filled.store, filled.due, key_file=filled.key_file, threads=threads, kills=filled.size.kills)
        yield f"doubts-{intents}", [max(left)]


def _run_beside(peer: Peer, setting: Setting) -> Figures:
    check_installed(peer)
    filled = _fill(POSTGRESQL, setting)
    ours, theirs = [], []
    for _ in range(filled.size.rounds):
        ours.append(_drain(filled, threads=THREADS[_AGAINST_PEERS])[0])
        theirs.append(max(_peer(peer, filled, threads) for threads in filled.size.peer_threads))
    yield "rate", theirs
    yield "times", [our / their for our, their in zip(ours, theirs, strict=True)]


def _peer(peer: Peer, filled: _Filled, threads: int) -> float:
    jobs = filled.size.jobs
    return peer_rate(peer, filled.store, filled.due, key_file=filled.key_file, jobs=jobs, threads=threads)


def _beside_bare_sql(filled: _Filled, threads: int) -> Iterator[tuple[str, float]]:
    rate, intents, recording = _drain(filled, threads=threads)
    yield "ours", rate
    yield "intents", intents
    url = filled.store.copy(filled.due.url)
    bare = intents * recording.turns / replay(recording, url)
    _check(url, filled.due)
    filled.store.drop(url)
    yield "bare-sql", bare
    yield "share", 100 * rate / bare


def _drain(filled: _Filled, *, threads: int) -> tuple[float, float, Recording]:
    """Reminders a second from claim to recorded answer, once the process is warm, and what went to the database."""
    url = filled.store.copy(filled.due.url)
    database, recording = Database(url, filled.due.keys), Recording()
    recording.listen(database.engine)
    drain = new_drain(database, at=DUE, threads=threads)
    drain.run(until=lambda: recording.turns >= WARM_TURNS)
    recording.warmed_up()
    start = perf_counter()
    reminders = drain.run(until=lambda: False)
    seconds = perf_counter() - start
    drain.stop()
    database.close()
    _check(url, filled.due)
    filled.store.drop(url)
    return reminders / seconds, reminders / recording.turns, recording


def _check(url: str, due: Due) -> None:
    """A figure counts only if every reminder that was due is sent, and its attempt and its told dates are stored."""
    found = handed_over(url, due.keys)
    if found != due.reminders:
        message = f"{found} of {due.reminders} reminders were sent and recorded"
        raise NotCounted(message)


_WHAT = (
    f"{_FULL.registered * _FULL.times:,} patients who are all due the same text at one moment (one that tells five "
    "dates, the most that any does), their other texts waiting or sent"
)
_ABOUT = (
    f"{_WHAT}. One process claims, checks, renders, encrypts, stores the intent, calls a sender that answers at once, "
    "and stores the answer and the told dates. A process starts half as many calls again as it has threads, so that "
    f"{THREADS[16]} threads make 16 intents a commit and {THREADS[100]} make 100, but for the last commit of a claim. "
    "Bare SQL is the very same statements, values and commits once more on a copy of the database, by the driver "
    "alone; the two take turns, and each share is of one such turn. Doubts are what a process leaves with an intent "
    "and without an answer when it is killed (SIGKILL) in the middle of that work: the "
    "most that one of several kills left."
)
_ABOUT_PEERS = (
    "The same texts on the same PostgreSQL, by queues with one job a reminder. Every job does the same work with this "
    "project's own functions for one reminder: load, gate, render, decrypt, encrypt, store the intent, call, store "
    "the answer, in two transactions. Each queue has one process, its jobs stored before, and threads for them: "
    f"{' and '.join(map(str, _FULL.peer_threads))} are tried each time, and the quicker counts. It is timed from its "
    f"thirtieth job to its last of {_FULL.jobs}. Celery's tasks go through "
    "{broker}, without results. PgQueuer works over asyncpg and takes and notes a hundred jobs at once. Ours, "
    f"with {_AGAINST_PEERS} intents a commit, takes turns with each of them, and each ratio is of one such turn. A "
    "figure counts only if every reminder is stored as sent, with its attempt and its told dates."
)


def _benchmark(kind: str) -> Benchmark:
    return Benchmark(
        name=f"dispatch-{kind}",
        title="Dispatch",
        about=_ABOUT,
        rows=tuple(row for intents in THREADS for row in _rows(kind, intents)),
        run=partial(_run, kind),
        suite=DISPATCH,
    )


def _rows(kind: str, intents: int) -> tuple[Row, ...]:
    threads = THREADS[intents]
    which = f"{TITLES[kind]}, {intents} intents a commit"
    return (
        Row(name=f"ours-{intents}", what=which, unit="reminders/s", aim=f"at least {_AIMS[kind][intents]:,}"),
        Row(
            name=f"doubts-{intents}",
            what=f"{which}: doubts a kill, at most",
            unit="messages",
            aim=f"at most {int(_DOUBTS * threads)}",
        ),
        Row(name=f"bare-sql-{intents}", what=f"{which}: bare SQL", unit="reminders/s"),
        Row(name=f"share-{intents}", what=f"{which}: ours of bare SQL", unit="%", aim=f"at least {_SHARE}"),
        Row(name=f"intents-{intents}", what=f"{which}: their mean", unit="intents"),
    )


def _beside(peer: Peer) -> Benchmark:
    aim = f"at least {peer.multiple}" if peer.multiple > 1 else "over 1"
    return Benchmark(
        name=f"dispatch-beside-{peer.name}",
        title="Dispatch beside other queues",
        about=_ABOUT_PEERS.format(broker=broker_used()),
        rows=(
            Row(name="rate", what=peer.title, unit="reminders/s"),
            Row(name="times", what=f"ours as a multiple of {peer.title}", unit="times", aim=aim),
        ),
        run=partial(_run_beside, peer),
        suite=DISPATCH,
    )


BENCHMARKS = (_benchmark(SQLITE), _benchmark(POSTGRESQL), *(_beside(peer) for peer in PEERS))
