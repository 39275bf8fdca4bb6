"""One task in an engine, and how its runs went; when it runs is the engine's to say."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from scheduler.engine.tasks import Task
from scheduler.services.health import TickHealth
from scheduler.storage.database import DatabaseUnusable

_log = logging.getLogger(__name__)


class Tick:
    """One task, and how its runs went."""

    def __init__(self, task: Task, utc_now: Callable[[], datetime]) -> None:
        """Not run yet; `utc_now` stamps its runs."""
        self.task = task
        self._utc_now = utc_now
        self._first_started: datetime | None = None
        self._last_started: datetime | None = None
        self._last_ok: datetime | None = None
        self._last_error: str | None = None
        self._last_seconds: float | None = None
        self._errors = 0

    def run(self, work: Callable[[], object] | None = None) -> None:
        """Run the task, or a part of it; a failure is logged and told by health, and the next tick tries again."""
        self._last_started, begun = self._utc_now(), time.monotonic()
        self._first_started = self._first_started or self._last_started
        try:
            (work or self.task.run)()
        except DatabaseUnusable as error:  # which says what is wrong and how to mend it: no place in the code does
            self._failed(error)
            _log.error("task %s failed: %s", self.task.name, error)
        except Exception as error:  # noqa: BLE001  the edge of the loop: one bad tick must not end all
            self._failed(error)
            _log.exception("task %s failed", self.task.name)
        else:
            self._last_ok, self._last_error = self._utc_now(), None
        self._last_seconds = time.monotonic() - begun

    def _failed(self, error: Exception) -> None:
        self._last_error = f"{type(error).__name__}: {error}"[:500]
        self._errors += 1

    def health(self) -> TickHealth:
        """As of now."""
        return TickHealth(
            name=self.task.name,
            every=self.task.every,
            last_started=self._last_started,
            last_ok=self._last_ok,
            last_error=self._last_error,
            last_seconds=self._last_seconds,
            errors=self._errors,
            first_started=self._first_started,
        )
