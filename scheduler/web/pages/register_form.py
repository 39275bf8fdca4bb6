"""The one form of registering: what stands in it now, and what it asks the service for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from scheduler.domain.care.protocols import FactType, ProtocolVersion
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, Problem
from scheduler.domain.people.consent import AT_DESK
from scheduler.domain.people.patients import Line
from scheduler.services import finding
from scheduler.services.finding import Card, Unclear
from scheduler.services.people import ConsentGiven, PersonGiven
from scheduler.services.protocols import in_force
from scheduler.services.registering import Given
from scheduler.storage.database import Db
from scheduler.web.pages.ended_field import NOW, NOW_SHOWN, read_ended
from scheduler.web.pages.fact_fields import field_name, posted_facts, read_fact_fields
from scheduler.web.pages.forms import CSRF, FROM, KEY, Form
from scheduler.web.pages.person_fields import Gathered, carried, read_agrees, read_person
from scheduler.web.pages.times import local_day

ADDRESS = "/register"
CARDS = 8
"""So many patients who fit are shown."""
_NOT_CONTENT = frozenset({CSRF, FROM, KEY, "act", "seen"})
Act = Literal["live", "show", "use", "choose", "new", "old", "save"]
_ACTS: Mapping[str, Act] = {"use": "use", "new": "new", "old": "old", "save": "save", "live": "live"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Whose session it is, as far as the form says."""

    is_new: bool = False
    typed: str = ""
    card: Card | None = None
    others: tuple[Card, ...] = ()
    """Where several fit."""
    total: int = 0
    unclear: Unclear | None = None
    by_itself: bool = False
    """Whether the only one who fits was opened, and nobody has seen the card yet."""

    @property
    def listed(self) -> tuple[Card, ...]:
        """Those whom a search shows."""
        return (self.card,) if self.card is not None and self.by_itself else self.others


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The form as it stands, with what it can be filled in with."""

    form: Form
    who: Who
    versions: tuple[ProtocolVersion, ...]
    version: ProtocolVersion | None


def pressed(form: Form) -> tuple[Act, str]:
    """The button that was pressed, and what it is about; Enter in a field, and a form without any, only shows.

    `live` is no button, but a change in a field that asks what follows.
    """
    name, _, about = next(iter(form.as_typed("act")), "").partition(":")
    return ("choose", about) if name == "choose" else (_ACTS.get(name, "show"), "")


def looks_for(form: Form) -> bool:
    """Whether patients are searched, which the audit keeps."""
    return bool(_one(form, "q").strip()) and not _is_new(form) and not _chosen(form)


def stand(db: Db, form: Form, *, clinic: Clinic, now: datetime) -> Standing:
    """What stands in the form. Raises NotFound for another clinic's patient."""
    versions = in_force(db)
    wanted = _one(form, "treatment")
    version = next((one for one in versions if one.protocol.procedure == wanted), None)
    if version is None and len(versions) == 1:
        version = versions[0]
        form = with_fields(form, {"treatment": (version.protocol.procedure,)})
    if not form.as_typed("ended_date"):
        form = with_fields(form, {"ended_date": (local_day(now, clinic.zone).isoformat(),)})
    who = _who(db, form)
    return Standing(form=_with_defaults(form, version), who=who, versions=versions, version=version)


def changed(form: Form, act: Act, about: str) -> Form:
    """The form after a button that only changes what is in it."""
    typed = _one(form, "q").strip()
    if act == "choose":
        return with_fields(form, {"patient": (about,), "patient_q": (typed,), "who": ()})
    if act == "new":
        filled = {name: (value,) for name, value in carried(typed) if not _one(form, name)}
        return with_fields(form, {"who": ("new",), "patient": (), "patient_q": (), **filled})
    return with_fields(form, {"who": ()}) if act == "old" else form


def with_last_settings(standing: Standing) -> Standing:
    """The form filled in as the patient's last session was; as it is where they had none, or its protocol is gone."""
    last = standing.who.card.last if standing.who.card else None
    version = next((one for one in standing.versions if last and one.protocol.procedure == last.procedure), None)
    if last is None or version is None:
        return standing
    facts = posted_facts(version.protocol, last.session.facts)
    form = with_fields(standing.form, {"treatment": (last.procedure,), **facts})
    return replace(standing, form=_with_defaults(form, version), version=version)


def read_given(standing: Standing, clinic: Clinic, now: datetime, *, to_save: bool = False) -> Given:
    """The session as registering takes it. Raises Invalid with all that is missing or wrong, by the fields' names.

    Saving asks that somebody has seen whom it is for.
    """
    form, gathered = standing.form, Gathered()
    person = gathered.read(lambda: _read_who(standing, clinic, now, to_save=to_save))
    if standing.version is None:
        gathered.problems.append(Problem("treatment", "Select the treatment"))
        facts: dict[str, object] = {}
    else:
        facts, problems = read_fact_fields(standing.version.protocol, form)
        gathered.problems += problems
    ended_at = gathered.read(lambda: read_ended(form, zone=clinic.zone, now=now))
    gathered.check()
    card = standing.who.card
    return Given(
        procedure=standing.version.protocol.procedure if standing.version else "",
        ended_at=ended_at or now,
        facts=facts,
        patient=person if isinstance(person, PersonGiven) else None,
        patient_id=None if isinstance(person, PersonGiven) or card is None else card.id,
        consent=person if isinstance(person, ConsentGiven) else None,
    )


def asks_consent(card: Card) -> bool:
    """Whether a known patient was never asked about texts."""
    return card.texts.word is None and card.line is Line.MOBILE


def content(form: Form) -> bytes:
    """All that was filled in, in one order, without what differs between two sendings of the same form."""
    return json.dumps(sorted(one for one in kept_fields(form) if one[0] != NOW_SHOWN)).encode()


def kept_fields(form: Form) -> list[tuple[str, str]]:
    """The fields that a page between two sendings carries along."""
    names = dict.fromkeys(name for name, _ in form.fields if name not in _NOT_CONTENT)
    return [(name, value) for name in names for value in form.as_typed(name)]


def with_fields(form: Form, new: Mapping[str, Iterable[str]]) -> Form:
    """The form with these fields in the place of those of the same names."""
    kept = [(name, value) for name, value in form.fields if name not in new]
    return Form(fields=(*kept, *((name, one) for name, values in new.items() for one in values)), action=ADDRESS)


def at_fields(problems: Iterable[Problem]) -> list[Problem]:
    """The service's own problems at the fields of the form."""
    return [Problem(_field(problem.field), problem.message) for problem in problems]


def _field(name: str) -> str:
    if name.startswith("facts."):
        return f"fact.{name.removeprefix('facts.')}"
    return {"ended_at": "ended_date", "procedure": "treatment"}.get(name, name.removeprefix("patient."))


def _who(db: Db, form: Form) -> Who:
    typed = _one(form, "q").strip()
    if _is_new(form):
        return Who(is_new=True, typed=typed)
    if chosen := _chosen(form):
        return Who(typed=typed, card=finding.card_of(db, chosen), total=1)
    if not typed:
        return Who()
    found = finding.find(db, typed, most=CARDS)
    if isinstance(found, Unclear):
        return Who(typed=typed, unclear=found)
    if found.total == 1:
        return Who(typed=typed, card=found.cards[0], total=1, by_itself=True)
    return Who(typed=typed, others=found.cards, total=found.total)


def _read_who(standing: Standing, clinic: Clinic, now: datetime, *, to_save: bool) -> PersonGiven | ConsentGiven | None:
    who = standing.who
    if who.is_new:
        return read_person(standing.form, clinic, now)
    if who.card is None:
        raise Invalid.of("q", "Select the patient" if who.others else "Find the patient, or add a new one")
    if who.by_itself and to_save:
        raise Invalid.of("q", f"Check that {who.card.name} is the patient, then save")
    if not asks_consent(who.card):
        return None
    agrees = read_agrees(standing.form, f"{who.card.first_name} agrees")
    return ConsentGiven(sms=agrees, wording=AT_DESK)


def _with_defaults(form: Form, version: ProtocolVersion | None) -> Form:
    """The form with the answers that count where nobody gives another, so that they are seen."""
    usual: dict[str, tuple[str, ...]] = {} if form.as_typed("ended") else {"ended": (NOW,)}
    if version is not None:
        open_facts = {
            fact.id: fact
            for fact in version.protocol.facts.values()
            if fact.if_missing is not None and fact.type is not FactType.LIST and not form.as_typed(field_name(fact))
        }
        values = {fact.id: fact.if_missing for fact in open_facts.values() if fact.if_missing is not None}
        usual |= posted_facts(replace(version.protocol, facts=open_facts), values)
    return with_fields(form, usual)


def _chosen(form: Form) -> str:
    """The patient whose card was shown; nobody once something else is looked for."""
    return _one(form, "patient") if _one(form, "patient_q") == _one(form, "q").strip() else ""


def _is_new(form: Form) -> bool:
    return _one(form, "who") == "new"


def _one(form: Form, name: str) -> str:
    return next(iter(form.as_typed(name)), "")
