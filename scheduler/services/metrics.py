"""What Prometheus is told: this process's own counts, the health of its ticks, and the figures of the whole store.

The one module that knows Prometheus' library. Labels are words and ids of ours: nothing of a patient's, no names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, Metric, ProcessCollector, generate_latest
from prometheus_client import start_http_server as start_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from scheduler.domain.delivery import budgets
from scheduler.domain.delivery.money import UNIT
from scheduler.domain.delivery.outcomes import Accepted, NotSent, Outcome, Refused
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import Posting
from scheduler.domain.people.patients import Channel
from scheduler.services.figures import StoreFigures
from scheduler.services.health import EngineHealth, anybody_sends, late_ticks

_LATENESS = (1, 2, 5, 10, 30, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 24 * 3600)


class Metrics:
    """The meter of a process, and the text in which it tells all it knows."""

    def __init__(self, figures: Callable[[], StoreFigures | None], *, utc_now: Callable[[], datetime]) -> None:
        """Nothing counted yet; `figures` gives None where the store can't be read, `utc_now` stamps hand-overs."""
        self._utc_now = utc_now
        self._registry = CollectorRegistry()
        self._attempts = Counter(
            "aftercare_attempts",
            "Calls to providers that this process made, by how they ended.",
            ["channel", "ending"],
            registry=self._registry,
        )
        self._lateness = Histogram(
            "aftercare_lateness_seconds",
            "From the time that was promised to the provider's yes, of messages that this process handed over.",
            ["channel", "kind"],
            buckets=_LATENESS,
            registry=self._registry,
        )
        self._settled = Counter(
            "aftercare_doubts_settled",
            "Doubts that this process settled by asking: found at the provider, or decided without news.",
            ["how"],
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        self._registry.register(_OfStore(figures))

    def answered(self, posting: Posting, outcome: Outcome) -> None:
        """Count a call, and how late a message was that was taken."""
        self._attempts.labels(posting.channel.value, _ending(outcome)).inc()
        if isinstance(outcome, Accepted):
            late = (self._utc_now() - posting.due_at).total_seconds()
            self._lateness.labels(posting.channel.value, posting.kind.value).observe(max(0.0, late))

    def settled(self, *, found: int, decided: int) -> None:
        """Count doubts that asking has settled."""
        self._settled.labels("found").inc(found)
        self._settled.labels("decided").inc(decided)

    def watch(self, ticks: Callable[[], EngineHealth]) -> None:
        """Tell from now on how this process's engine fares; called once."""
        self._registry.register(_OfTicks(ticks, self._utc_now))

    def text(self) -> bytes:
        """Everything in Prometheus' text format, version 0.0.4."""
        return generate_latest(self._registry)

    @contextmanager
    def served(self, host: str, port: int) -> Iterator[int]:
        """Within the block, answer the text over HTTP by a thread of its own; gives the port. Raises OSError."""
        server, thread = start_server(port, host, self._registry)
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _ending(outcome: Outcome) -> str:
    match outcome:
        case Accepted():
            return "accepted"
        case Refused(fault=fault):
            return f"refused_{fault.value}"
        case NotSent():
            return "not_sent"
        case _:
            return "unknown"


class _OfTicks(Collector):
    """How the ticks of this process's engine fare."""

    def __init__(self, ticks: Callable[[], EngineHealth], utc_now: Callable[[], datetime]) -> None:
        self._ticks = ticks
        self._utc_now = utc_now

    def collect(self) -> Iterator[Metric]:
        """As of now."""
        ticks = self._ticks()
        late = {tick.name for tick in late_ticks(ticks, self._utc_now())}
        last_ok = _gauge("tick_last_ok_timestamp_seconds", "When each task of this process last ended well.", "tick")
        took = _gauge("tick_last_duration_seconds", "How long the last run of each task took.", "tick")
        is_late = _gauge("tick_late", "1 where a task has not ended well for too long.", "tick")
        errors = CounterMetricFamily("aftercare_tick_errors", "Runs of each task that failed.", labels=["tick"])
        for tick in ticks:
            is_late.add_metric([tick.name], tick.name in late)
            errors.add_metric([tick.name], tick.errors)
            if tick.last_ok is not None:
                last_ok.add_metric([tick.name], tick.last_ok.timestamp())
            if tick.last_seconds is not None:
                took.add_metric([tick.name], tick.last_seconds)
        return iter((last_ok, took, is_late, errors))


class _OfStore(Collector):
    """The figures of the whole store: every process tells the same."""

    def __init__(self, figures: Callable[[], StoreFigures | None]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """As they were read last; without the store's word only that it can't be read."""
        figures = self._figures()
        yield GaugeMetricFamily("aftercare_store_up", "1 where the database can be read.", value=figures is not None)
        if figures is not None:
            yield from _waiting(figures)
            yield from _standing(figures)
            yield from _senders(figures)
            yield from _nodes(figures)


def _waiting(figures: StoreFigures) -> Iterator[Metric]:
    found = _gauge(
        "backlog",
        "Messages that are due and have not gone, by sender and by how many seconds they have waited at least.",
        "sender",
        "older_than",
    )
    for sender_id, theirs in sorted(figures.backlog.items()):
        for age, count in theirs.older_than.items():
            found.add_metric([sender_id, f"{age.total_seconds():.0f}"], count)
    yield found
    since = min((theirs.since for theirs in figures.backlog.values()), default=figures.at)
    oldest = (figures.at - since).total_seconds()
    yield GaugeMetricFamily("aftercare_backlog_oldest_seconds", "How long the oldest of them has waited.", value=oldest)


def _standing(figures: StoreFigures) -> Iterator[Metric]:
    found = _gauge(
        "reminders", "Reminders that were due in the last 24 hours, by where they stand.", "status", "channel"
    )
    for status in Status:
        for channel in Channel:
            found.add_metric([status.value, channel.value], figures.by_status.get((status, channel), 0))
    yield found
    yield GaugeMetricFamily("aftercare_doubts", "Messages posted without an answer.", value=figures.doubts.count)
    age = 0.0 if figures.doubts.since is None else (figures.at - figures.doubts.since).total_seconds()
    yield GaugeMetricFamily("aftercare_doubts_oldest_seconds", "How long the oldest has been in doubt.", value=age)
    yield GaugeMetricFamily(
        "aftercare_orphan_receipts", "Receipts of the last 24 hours that fit no message.", value=figures.orphans
    )


def _senders(figures: StoreFigures) -> Iterator[Metric]:
    held = _gauge("sender_held", "1 for each held sender, by the provider's code or `person`.", "sender", "reason")
    rests = _gauge("sender_resting", "1 for each sender whose provider is out of reach just now.", "sender")
    most = _gauge("sender_month_money", "The month's money of each sender that has a bound.", "sender")
    gone = _gauge("sender_month_spent", "What is spent of it.", "sender")
    out = _gauge("sender_out_of_money", "1 where it pays for no further part.", "sender")
    for sender in figures.senders:
        name = [sender.info.id]
        if sender.held_at is not None:
            held.add_metric([*name, sender.held_code or "person"], 1)
        if sender.rests_until is not None and sender.rests_until > figures.at:
            rests.add_metric(name, 1)
        if sender.budget.money_per_month is not None:
            spent = budgets.as_of(sender.budget, sender.spent, figures.at)
            most.add_metric(name, sender.budget.money_per_month / UNIT)
            gone.add_metric(name, spent.money / UNIT)
            out.add_metric(name, budgets.money_used_up(sender.budget, sender.spent, figures.at))
    return iter((held, rests, most, gone, out))


def _nodes(figures: StoreFigures) -> Iterator[Metric]:
    sending = sum(anybody_sends(node.at, figures.at) for node in figures.nodes)
    yield GaugeMetricFamily("aftercare_nodes", "Machines that send and were seen in the last 2 minutes.", value=sending)
    last = max((node.at.timestamp() for node in figures.nodes), default=0.0)
    yield GaugeMetricFamily(
        "aftercare_node_last_seen_timestamp_seconds", "When the latest was seen; 0: never.", value=last
    )


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"aftercare_{name}", about, labels=labels)
