"""Cursors of lists: where the next page begins, as a text that callers pass back as they got it."""

from __future__ import annotations

import base64
import re

from scheduler.domain.errors import Invalid
from scheduler.services.listing import Place
from scheduler.web.api.fields import read_instant

_ID = re.compile(r"[0-9a-f-]{36}")


def write_cursor(place: Place) -> str:
    """The cursor of a place."""
    due_at, reminder_id = place
    text = f"{due_at.isoformat()} {reminder_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> Place:
    """The place again. Raises Invalid for what no list gave."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        due_at, _, reminder_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition(" ")
        place = read_instant(due_at), reminder_id
    except ValueError:
        raise _no_cursor() from None
    if not _ID.fullmatch(reminder_id):
        raise _no_cursor()
    return place


def _no_cursor() -> Invalid:
    return Invalid.of("after", "no list gave this; pass `next` of the page before, or leave it out for the first page")
