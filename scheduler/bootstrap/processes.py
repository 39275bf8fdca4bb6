"""What a process that stays is made of: the engine that sends, and the application that answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from scheduler import clock
from scheduler.bootstrap.senders import build_senders, twilio_callbacks
from scheduler.bootstrap.store import Store
from scheduler.bootstrap.zone_data import zone_data_version
from scheduler.domain.delivery.waits import Waits
from scheduler.services.drain import Drain
from scheduler.storage.engine_schema import check_engine

if TYPE_CHECKING:  # half a second of imports that only `serve` and `worker` need
    from fastapi import FastAPI

    from scheduler.engine.running import Engine
    from scheduler.services.metrics import Metrics
    from scheduler.web.demo_parts import DemoParts


def build_metrics(store: Store) -> Metrics:
    """The meter of this process, which tells Prometheus of it and of the store."""
    from scheduler.services.figures import KeptFigures, read_figures  # noqa: PLC0415  as build_engine
    from scheduler.services.metrics import Metrics  # noqa: PLC0415  as build_engine

    return Metrics(KeptFigures(lambda: read_figures(store.database, store.clock)), utc_now=clock.utc_now)


def build_engine(store: Store, *, metrics: Metrics | None = None) -> Engine:
    """What sends the due reminders of this process, ready to start; `metrics` is told what it does.

    Raises DatabaseUnusable where the engine's own tables are missing.
    """
    drain = Drain(
        database=store.database,
        find_sender=build_senders(store.settings),
        clock=store.clock,
        lease=timedelta(seconds=store.settings.lease_seconds),
        threads=store.settings.send_threads,
        waits=Waits(
            call=timedelta(seconds=store.settings.call_seconds), doubt=timedelta(seconds=store.settings.doubt_seconds)
        ),
    )
    engine = _engine(store, drain)
    if metrics is not None:
        drain.meter = metrics
        metrics.watch(engine.health)
    return engine


def _engine(store: Store, drain: Drain) -> Engine:
    if store.settings.engine == "cluster":
        from scheduler.engine.cluster import ClusterEngine  # noqa: PLC0415  most commands send nothing

        _check_engine(store)
        return ClusterEngine(store.database, drain, store.clock, utc_now=clock.utc_now, zone_data=zone_data_version())
    from scheduler.engine.local import LocalEngine  # noqa: PLC0415  as above

    return LocalEngine(store.database, drain, store.clock, utc_now=clock.utc_now, zone_data=zone_data_version())


def build_app(
    store: Store, *, engine: Engine | None, metrics: Metrics | None = None, demo: DemoParts | None = None
) -> FastAPI:
    """The API and the pages; `engine` is this process's, for its health, and `demo` what a demo's own pages need.

    Raises DatabaseUnusable where the engine's tables are missing.
    """
    clustered = store.settings.engine == "cluster"
    if clustered:
        _check_engine(store)
    from scheduler.web.app import create_app  # noqa: PLC0415  most commands serve nothing
    from scheduler.web.parts import WebParts  # noqa: PLC0415  as create_app

    return create_app(
        WebParts(
            database=store.database,
            catalog=store.catalog,
            clock=store.clock,
            health=engine.health if engine is not None else None,
            metrics=metrics.text if metrics is not None and store.settings.metrics else None,
            clustered=clustered,
            twilio=twilio_callbacks(store.settings),
            secure_cookies=(store.settings.public_url or "").startswith("https:"),
            demo=demo,
        )
    )


def _check_engine(store: Store) -> None:
    from scheduler.engine.cluster import engine_schema  # noqa: PLC0415  a third of a second that others needn't wait

    check_engine(store.database, engine_schema())
