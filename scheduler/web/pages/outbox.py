"""The outbox: every message with where it stands, why, and what to do about it; filters stand in the address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from scheduler.domain.delivery.state_words import Word
from scheduler.domain.errors import Invalid, NotNow
from scheduler.domain.people.roles import Act
from scheduler.services import todos
from scheduler.services.outbox_filters import Filters, Span, read_filters, read_page
from scheduler.services.outbox_list import Chunk, OutboxPage, note_export, outbox_chunk, outbox_page
from scheduler.web.pages import times, today
from scheduler.web.pages.desk import Desk, SignedIn, SignedInLately
from scheduler.web.pages.forms import Form, PostedForm
from scheduler.web.pages.message_rows import CHANNELS, MessageRow, row_of
from scheduler.web.pages.showing import HEADERS, go, kept_form, show
from scheduler.web.pages.spreadsheet import BEGIN, spreadsheet_line

router = APIRouter(include_in_schema=False)
_NAMES = ("days", "channel", "state", "who", "patient", "session")
_DAYS = {
    Span.TODAY: "Today",
    Span.WEEK: "Last 7 days",
    Span.MONTH: "Last 30 days",
    Span.QUARTER: "Last 90 days",
    Span.COMING: "Next 7 days",
    Span.ANY: "Any day",
}
_HEADINGS = ("When", "Patient", "Message", "Way", "To", "State", "Why", "What to do")


@router.get("/outbox")
def show_outbox(request: Request, desk: SignedIn) -> Response:
    """A page of the list; what can't be read of the address is named at its field."""
    return _show(request, desk, kept_form(request, desk))


@router.get("/outbox.csv")
def export_outbox(request: Request, desk: SignedInLately) -> Response:
    """All that the list shows with these filters, on every page of it, for a spreadsheet."""
    desk.check(Act.EXPORT)
    filters = read_filters(_given(request))
    with desk.writing() as (db, now):
        first = outbox_chunk(db, filters, behind=None, now=now)
        note_export(db, filters.given(), by=desk.by, now=now)
    day = times.local_day(desk.now, desk.clinic.zone).isoformat()
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="outbox-{day}.csv"'}
    return StreamingResponse(_lines(desk, filters, first), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/outbox/{reminder_id}/told")
def note_told(request: Request, desk: SignedIn, form: PostedForm, reminder_id: str) -> Response:
    """Note that the patient was told what a message did not bring."""
    desk.check(Act.TODO)
    back = today.page_before(desk, form)
    try:
        with desk.writing() as (db, now):
            todos.note_told(db, reminder_id, form.text("note", longest=500), by=desk.by, now=now)
    except Invalid as error:
        if back.partition("?")[0] == "/today":
            return today.show_with_error(request, desk, form, error)
        return _show(request, desk, form, error)
    except NotNow as error:
        return go(request, back, said=str(error))
    return go(request, back, said="Noted: the patient knows. It is off Today.")


def _show(request: Request, desk: Desk, form: Form | None, error: Invalid | None = None) -> Response:
    number = read_page(request.query_params.get("page", "1"))
    try:
        page = _load(desk, read_filters(_given(request)), number)
    except Invalid as unread:
        page = _load(desk, Filters(), 1)
        form, error = Form(fields=tuple(_given(request).items()), action="/outbox"), unread
    problems = error.problems if error else ()
    return show(request, desk, "outbox.html", form=form, problems=problems, **_shown(desk, page))


def _load(desk: Desk, filters: Filters, page: int) -> OutboxPage:
    with desk.reading() as (db, now):
        return outbox_page(db, filters, page=page, now=now)


def _given(request: Request) -> dict[str, str]:
    return {name: request.query_params[name] for name in _NAMES if name in request.query_params}


def _shown(desk: Desk, page: OutboxPage) -> dict[str, Any]:
    filters = page.filters
    there = [word for word in Word if page.counts[word]]
    days = [(span.value, words) for span, words in _DAYS.items() if span is not Span.ANY or filters.of_few]
    if not isinstance(filters.days, Span):
        days.append((filters.days.isoformat(), times.day_words(filters.days)))
    return {
        "page": page,
        "given": dict.fromkeys(_NAMES, "") | filters.given(),
        "rows": [row_of(line, page.zone, now=desk.now) for line in page.lines],
        "days": days,
        "channels": [("", "Texts and emails"), *((way.value, words) for way, words in CHANNELS.items())],
        "states": [("", "Every state"), *((word.value, word.label) for word in Word)],
        "counts": [(word, page.counts[word], _address(filters, state=word.value)) for word in there],
        "failed_share": _failed_share(page),
        "all_states": _address(filters, state=""),
        "before": _address(filters, page=page.page - 1) if page.page > 1 else None,
        "after": _address(filters, page=page.page + 1) if page.page < page.pages else None,
        "csv": _address(filters, path="/outbox.csv"),
    }


def _address(filters: Filters, *, path: str = "/outbox", state: str | None = None, page: int = 1) -> str:
    given = filters.given()
    if state is not None:
        given["state"] = state
    query = {name: value for name, value in given.items() if value} | ({"page": str(page)} if page > 1 else {})
    return f"{path}?{urlencode(query)}" if query else path


def _failed_share(page: OutboxPage) -> str:
    """`1.4%` of what went and did or did not arrive; empty where nothing failed."""
    failed, arrived = page.counts[Word.NOT_DELIVERED], page.counts[Word.DELIVERED]
    return f"{100 * failed / (failed + arrived):.1f}%" if failed else ""


def _lines(desk: Desk, filters: Filters, first: Chunk) -> Iterator[str]:
    yield BEGIN + spreadsheet_line(_HEADINGS)
    lines, behind = first
    while True:
        for line in lines:
            yield spreadsheet_line(_cells(row_of(line, desk.clinic.zone, now=desk.now), desk.clinic.zone))
        if behind is None:
            return
        with desk.reading() as (db, now):  # a transaction a chunk: nothing waits for a slow reader
            lines, behind = outbox_chunk(db, filters, behind=behind, now=now)


def _cells(row: MessageRow, zone: str) -> tuple[str, ...]:
    line = row.line
    when = times.written_moment(line.at, zone)
    return when, line.patient, line.title, row.channel, line.to, line.state.label, row.told.why, row.told.to_do
