"""What every engine is to the process that starts it."""

from __future__ import annotations

from typing import Protocol

from scheduler.services.health import EngineHealth


class Engine(Protocol):
    """Runs the table of tasks in this process."""

    def start(self) -> None:
        """Tick from now on."""
        ...

    def stop(self) -> None:
        """Tick no more, give back what was only claimed, and finish what was posted."""
        ...

    def health(self) -> EngineHealth:
        """How each task is doing."""
        ...
