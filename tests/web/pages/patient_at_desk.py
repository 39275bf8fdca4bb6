"""What tests of a patient's pages share: the page, what is stored of the patient, and somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from html import unescape

from scheduler.services import patient_page
from scheduler.services.patient_page import PatientPage
from scheduler.services.views import SessionView
from tests.builders import NOW, a_person, a_session, register
from tests.web.pages.desk_client import Browser

Fields = Mapping[str, str | list[str]]


def at(view: SessionView) -> str:
    return f"/patients/{view.patient_id}"


def page(desk: Browser, view: SessionView) -> str:
    answer = desk.get(at(view))
    assert answer.status_code == 200
    return unescape(answer.text)


def data(desk: Browser, view: SessionView) -> PatientPage:
    with desk.database.read(desk.clinic.id) as db:
        return patient_page.patient_page(db, str(view.patient_id))


def somebody(desk: Browser, name: str = "Zara Khan", phone: str = "+447700900123") -> SessionView:
    return register(
        desk.database, desk.clinic, a_session(a_person(name, phone=phone), ended_at=NOW - timedelta(hours=3))
    )
