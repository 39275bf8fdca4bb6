"""Aftercare Scheduler: turns a registered treatment session into texts and emails that go out once, in time."""

# The one place where the version is written; the build reads it from this line.
__version__ = "0.1.0"
