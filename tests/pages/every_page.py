"""Every page of the product as somebody sees it at Willow Skin: what is looked at by axe, by keyboard and on the tour.

A new page is added here: a test holds the list to the routes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fastapi.routing import iter_route_contexts
from playwright.sync_api import Page

from scheduler.domain.people.roles import Role
from scheduler.web.pages import ROUTERS
from tests.pages.willow import Willow

Open = Callable[[Page, Willow], None]
NO_PAGES = frozenset(
    {
        "/",
        "/static/{version}/{name}",
        "/today/board",
    }
)
"""Addresses that give a file, a part of a page, or the way to another one; those of CSV files besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A page in one of its states."""

    name: str
    """Also of its pictures."""
    path: str
    """Its route; empty for a page that no route of its own gives."""
    open: Open
    role: Role | None = Role.APPROVER
    """Who looks at it; None: nobody who is signed in."""

    def __str__(self) -> str:
        return self.name


def page_routes() -> Iterator[str]:
    """The path of every route that gives a page."""
    for router in ROUTERS:
        for context in iter_route_contexts(router.routes):
            path = str(context.path)
            if "GET" in (context.methods or ()) and path not in NO_PAGES and not path.endswith(".csv"):
                yield path


def _at(address: str) -> Open:
    """Opens an address; a name in braces is an id: `{patients.Amira}`."""

    def open_it(page: Page, willow: Willow) -> None:
        page.goto(_filled(address, willow))

    return open_it


def _then_press(address: str, button: str, *, exact: bool = False) -> Open:
    """Opens an address and presses the first button of this name there."""

    def open_it(page: Page, willow: Willow) -> None:
        page.goto(_filled(address, willow))
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.get_by_role("button", name=button, exact=exact).first.click()
        page.wait_for_load_state("networkidle")

    return open_it


def _filled(address: str, willow: Willow) -> str:
    seeds = willow.seeds
    return address.format(
        patient=seeds.patients["Amira"],
        relative=seeds.patients["Rosa"],
        session=seeds.sessions["Amira"],
        failed=seeds.sessions["Grace"],
        message=seeds.waiting,
        attempt=seeds.attempt,
        welcome=seeds.welcome,
    )


_SESSION, _MESSAGE = "/sessions/{session_id}", "/sessions/{session_id}/messages/{reminder_id}"
_PATIENT = "/patients/{patient_id}"
SIGHTS: tuple[Sight, ...] = (
    Sight(name="today", path="/today", open=_at("/today")),
    Sight(name="register", path="/register", open=_at("/register")),
    Sight(name="register-known-patient", path="/register", open=_at("/register?patient={patient}")),
    Sight(name="register-with-problems", path="/register", open=_then_press("/register", "Save")),
    Sight(name="patients", path="/patients", open=_at("/patients")),
    Sight(name="patients-found", path="/patients", open=_at("/patients?q=kha")),
    Sight(name="patient", path=_PATIENT, open=_at("/patients/{patient}")),
    Sight(name="patient-activity", path=f"{_PATIENT}/activity", open=_at("/patients/{patient}/activity")),
    Sight(name="patient-consent", path=f"{_PATIENT}/consent", open=_at("/patients/{patient}/consent")),
    Sight(name="patient-details", path=f"{_PATIENT}/details", open=_at("/patients/{patient}/details")),
    Sight(name="patient-flags", path=f"{_PATIENT}/flags", open=_at("/patients/{patient}/flags")),
    Sight(name="patient-override", path=f"{_PATIENT}/override", open=_at("/patients/{patient}/override")),
    Sight(name="patient-merge", path=f"{_PATIENT}/merge", open=_at("/patients/{patient}/merge?q=kha")),
    Sight(
        name="patient-merge-check",
        path=f"{_PATIENT}/merge/{{into}}",
        open=_at("/patients/{patient}/merge/{relative}"),
    ),
    Sight(name="patient-split", path=f"{_PATIENT}/split", open=_at("/patients/{patient}/split")),
    Sight(name="session", path=_SESSION, open=_at("/sessions/{session}")),
    Sight(name="session-front-desk", path=_SESSION, open=_at("/sessions/{session}"), role=Role.FRONT_DESK),
    Sight(name="session-not-delivered", path=_SESSION, open=_at("/sessions/{failed}")),
    Sight(name="session-correct", path=f"{_SESSION}/correct", open=_at("/sessions/{session}/correct")),
    Sight(name="session-void", path=f"{_SESSION}/void", open=_at("/sessions/{session}/void")),
    Sight(name="session-print", path=f"{_SESSION}/print", open=_at("/sessions/{session}/print")),
    Sight(name="message-move", path=f"{_MESSAGE}/move", open=_at("/sessions/{session}/messages/{message}/move")),
    Sight(name="message-sending", path=f"{_MESSAGE}/sending", open=_then_press("/sessions/{session}", "Send now")),
    Sight(name="outbox", path="/outbox", open=_at("/outbox")),
    Sight(name="outbox-not-delivered", path="/outbox", open=_at("/outbox?state=not-delivered"), role=Role.MANAGER),
    Sight(name="outbox-with-problems", path="/outbox", open=_at("/outbox?days=any&who=12")),
    Sight(name="account", path="/account", open=_at("/account")),
    Sight(name="sign-in", path="/sign-in", open=_at("/sign-in"), role=None),
    Sight(name="switch", path="/switch", open=_at("/switch")),
    Sight(name="welcome", path="/welcome/{token}", open=_at("/welcome/{welcome}"), role=None),
    Sight(name="stop-emails", path="/u/{token}", open=_at("/u/{attempt}"), role=None),
    Sight(name="not-found", path="", open=_at("/nowhere")),
    Sight(name="not-allowed", path="", open=_at("/sessions/{session}/void"), role=Role.FRONT_DESK),
)
