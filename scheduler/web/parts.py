"""What the web edge is built from, handed in by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scheduler.catalog.shipped import Catalog
from scheduler.services.health import EngineHealth
from scheduler.storage.database import Database, Db
from scheduler.web.callbacks import TwilioCallbacks
from scheduler.web.demo_parts import DemoParts


@dataclass(frozen=True, slots=True, kw_only=True)
class WebParts:
    """Everything that answering a request needs."""

    database: Database
    catalog: Catalog
    clock: Callable[[Db], datetime]
    """The present, aware, in UTC; read once a transaction."""
    health: Callable[[], EngineHealth] | None = None
    """How the engine in this process fares; None where none runs in it."""
    metrics: Callable[[], bytes] | None = None
    """The text for Prometheus; None where it isn't told."""
    clustered: bool = False
    """Whether the engine of many machines does the work, so that its jobs are looked at."""
    twilio: TwilioCallbacks | None = None
    """What Twilio's callbacks are checked with; None where there are none."""
    secure_cookies: bool = False
    """Whether people reach the pages by https, also where a proxy speaks it for us and doesn't say so."""
    demo: DemoParts | None = None
    """What the demo's pages need; None everywhere else, where there are no such pages."""
    on_start: Callable[[], None] | None = None
    """Called before the first request."""
    on_stop: Callable[[], None] | None = None
    """Called after the last one; may take its time."""
