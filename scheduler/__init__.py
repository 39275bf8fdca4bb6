"""Aftercare Scheduler: turns a registered treatment session into texts and emails that go out once, in time."""

from zoneinfo import reset_tzpath

# The one place where the version is written; the build reads it from this line.
__version__ = "0.1.0"

# Every node resolves wall-clock times with the zone data that the lock pins, and not with its machine's.
reset_tzpath(())
