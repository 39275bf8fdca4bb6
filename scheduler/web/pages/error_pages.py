"""Faults as pages, all in one style: what happened, and what to do now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse

from scheduler.web.errors import Fault
from scheduler.web.pages.showing import HEADERS, demo_time, render


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads for a status; `said` is the error's own sentence where it is None."""

    title: str
    said: str | None
    mend: str


_BACK = "Go back, and load the page anew."
_LATER = "Try again in a moment. If it stays like this, call whoever runs this service for your clinic."
WORDS: Mapping[int, Words] = {
    400: Words("This can't be read", None, _BACK),
    403: Words("You can't do this", None, "Nothing was changed."),
    404: Words(
        "There is nothing here",
        "The address leads nowhere, or to something of another clinic.",
        "If you typed it, check it. If you followed a link, look for the patient or session by name.",
    ),
    405: Words("This address can't be opened", "It only takes a form that was filled in on another page.", _BACK),
    409: Words("This can't be done now", None, "Nothing was changed. Go back to see how things stand."),
    413: Words("That is too much at once", "Nothing of it was used.", "Go back, and shorten what you typed."),
    415: Words("This can't be read", None, _BACK),
    422: Words("There is a problem", "Nothing was changed.", "Go back, and mend it."),
    500: Words("Something went wrong here", "It is not your fault. It may be that nothing was saved.", _LATER),
    503: Words("The service can't be reached", "It can't use its database, and nothing was saved.", _LATER),
}
_OTHERWISE = {4: WORDS[400], 5: WORDS[500]}


def error_page(request: Request, fault: Fault) -> HTMLResponse:
    """The page for a fault. A request of htmx gets it in the place of the page's main part."""
    words = WORDS.get(fault.status) or _OTHERWISE[fault.status // 100]
    content = render(
        "error.html",
        {
            "title": words.title,
            "said": fault.detail if words.said is None else words.said,
            "problems": [problem.message for problem in fault.problems],
            "mend": words.mend,
            "demo_time": demo_time(request),
        },
    )
    headers = {**HEADERS, **fault.headers}
    if request.headers.get("hx-request"):
        headers |= {"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML"}
    return HTMLResponse(content, fault.status, headers=headers)
