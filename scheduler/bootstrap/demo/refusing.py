"""What keeps the demo apart from a real service: settings that name one are refused beside it."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from scheduler.domain.errors import Invalid, Problem
from scheduler.settings import Settings
from scheduler.settings.variables import variable


def refuse_real_settings(settings: Settings) -> None:
    """Nothing, if the demo can be served. Raises Invalid, naming each variable that belongs to a real service."""
    named = list(_real(settings))
    if named:
        message = (
            "The demo uses a database of its own and sends nothing: leave out --demo to serve for real, or unset "
            f"{', '.join(named)}."
        )
        raise Invalid(Problem("", message))


def _real(settings: Settings) -> Iterator[str]:
    """Only what was given counts: a default names no service."""
    if "database_url" in settings.model_fields_set:
        yield variable("database_url")
    if settings.sms != "sandbox":
        yield variable("sms")
    if settings.email != "sandbox":
        yield variable("email")
    for name in ("twilio", "smtp"):
        account: BaseModel = getattr(settings, name)
        yield from sorted(variable(name, field) for field in account.model_fields_set)
