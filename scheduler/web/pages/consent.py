"""What a patient says about messages at the desk: agreeing, refusing, stopping, and wanting them again."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request
from starlette.responses import Response

from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.people.consent import AT_DESK, WORDINGS, Purpose, Word
from scheduler.domain.people.names import listed_name
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.roles import Act
from scheduler.services import consenting
from scheduler.services.consenting import Said
from scheduler.services.patient_page import Standing
from scheduler.services.session_page import first_name
from scheduler.web.pages import patient
from scheduler.web.pages.consent_words import messages_words
from scheduler.web.pages.desk import Desk, SignedIn
from scheduler.web.pages.forms import Form, PostedForm
from scheduler.web.pages.showing import go, show

router = APIRouter(prefix="/patients/{patient_id}/consent", include_in_schema=False)
_SOURCES = (("desk", "At the desk"), ("phone", "On the phone"), ("email", "By email"), ("paper", "On paper"))
_LONGEST = 500


@router.get("")
def ask(request: Request, desk: SignedIn, patient_id: str, channel: str = "sms", purpose: str = "care") -> Response:
    """What the patient says now, on one channel and for one purpose."""
    desk.check(Act.CONSENT)
    return _show(request, desk, patient_id, channel, purpose)


@router.post("")
def note(request: Request, desk: SignedIn, form: PostedForm, patient_id: str) -> Response:
    """Note it; the plan follows."""
    desk.check(Act.CONSENT)
    try:
        _note(desk, form, patient_id)
    except Invalid as error:
        channel, purpose = (next(iter(form.as_typed(name)), "") for name in ("channel", "purpose"))
        return _show(request, desk, patient_id, channel, purpose, form=form, problems=error.problems)
    except NotNow as error:
        return patient.trouble(request, desk, patient_id, f"Not noted. {error}")
    return go(request, f"/patients/{patient_id}", said="Noted. The plan follows what was said.")


def _note(desk: Desk, form: Form, patient_id: str) -> None:
    """Raises Invalid, or NotNow."""
    channel, purpose = form.text("channel"), form.text("purpose")
    said, source = form.text("said"), form.text("source")
    evidence = form.text("evidence", longest=_LONGEST, lines=True)
    if channel not in set(Channel) or purpose not in set(Purpose):
        raise Invalid.of("said", "choose what the patient said")
    problems = []
    if said not in set(Word):
        problems.append(Problem("said", "choose what the patient said"))
    if source not in dict(_SOURCES):
        problems.append(Problem("source", "choose where they said it"))
    if problems:
        raise Invalid(*problems)
    told = Said(
        channel=Channel(channel),
        purpose=Purpose(purpose),
        given=said == Word.GIVEN,
        source=source,
        wording=AT_DESK if said == Word.GIVEN and purpose == Purpose.CARE else None,
        evidence=evidence or None,
        lifts_stop=form.ticked("lifts_stop"),
    )
    with desk.writing() as (db, now):
        if said == Word.STOPPED:
            stops = [told.purpose]
            consenting.opt_out(
                db, patient_id, told.channel, stops, source=source, evidence=evidence, by=desk.by, now=now
            )
        else:
            consenting.consent(db, patient_id, told, by=desk.by, now=now)


def _show(
    request: Request,
    desk: Desk,
    patient_id: str,
    channel: str,
    purpose: str,
    *,
    form: Form | None = None,
    problems: Iterable[Problem] = (),
) -> Response:
    page = patient.load(desk, patient_id)
    standing = _standing(page.standings, channel, purpose)
    return show(
        request,
        desk,
        "patient_consent.html",
        form=form,
        problems=problems,
        page=page,
        first_name=first_name(page.view.name),
        listed=listed_name(page.view.name),
        standing=standing,
        what=messages_words(standing.channel, standing.purpose).lower(),
        sources=_SOURCES,
        wording=WORDINGS[AT_DESK] if standing.purpose is Purpose.CARE else "",
    )


def _standing(standings: Iterable[Standing], channel: str, purpose: str) -> Standing:
    """The one that is asked for; care by text for what there is not."""
    known = list(standings)
    asked = (one for one in known if (one.channel.value, one.purpose.value) == (channel, purpose))
    return next(asked, known[0])
