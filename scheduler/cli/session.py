"""`aftercare session …`: registering a treatment session, as the API does."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.opening import changing
from scheduler.cli.options import ClinicOption, JsonOption, naming
from scheduler.cli.output import say, show_json, show_table
from scheduler.domain.errors import Invalid

if TYPE_CHECKING:  # see scheduler.cli.opening
    from scheduler.domain.care.protocols import Fact
    from scheduler.services.views import ReminderView, SessionView, WindowView
    from scheduler.storage.database import Db

app = typer.Typer(name="session", help="Register treatment sessions.", rich_markup_mode=None)
_OPTIONS = {
    "patient.name": "--patient-name",
    "patient.phone": "--phone",
    "patient.email": "--email",
    "procedure": "--procedure",
    "ended_at": "--ended-at",
    "facts.": "--fact ",
}


@app.callback()
def _nouns() -> None:
    """Keep `add` a command of its own: a Typer app with a single one would take its place."""


@app.command()
def add(  # noqa: PLR0913  each an option of the command
    *,
    clinic_id: ClinicOption,
    patient_name: Annotated[str, typer.Option(metavar="NAME", help="Name of the patient.")],
    procedure: Annotated[str, typer.Option(help="Procedure, as protocol list shows it.")],
    ended_at: Annotated[str, typer.Option(metavar="TIME", help="When it ended, such as 2026-03-03T14:30:00+00:00.")],
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="Number for texts.")] = None,
    email: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address for emails.")] = None,
    flag: Annotated[list[str] | None, typer.Option(metavar="FLAG", help="What a clinician recorded: pregnant.")] = None,
    fact: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="A fact; of a list, all values with commas between.")
    ] = None,
    consent_sms: Annotated[bool, typer.Option("--consent-sms", help="The patient agreed to texts.")] = False,
    consent_email: Annotated[bool, typer.Option("--consent-email", help="The patient agreed to emails.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Register a session and plan what follows from it."""
    from scheduler.services import people, registering

    person = people.PersonGiven(
        name=patient_name,
        phone=phone,
        email=email,
        flags=tuple(flag or ()),
        consent=people.ConsentGiven(sms=consent_sms or None, email=consent_email or None),
    )
    with naming(_OPTIONS), changing(clinic_id) as act:
        given = registering.Given(
            patient=person,
            procedure=procedure,
            ended_at=_time(ended_at),
            facts=_facts(act.db, procedure, fact or []),
        )
        view = registering.register(act.db, given, flags=act.catalog.flags.keys(), by=act.by, now=act.now)
    if as_json:
        show_json(_as_json(view))
    else:
        _show(view)


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Invalid.of("ended_at", "write the time as in 2026-03-03T14:30:00+00:00") from None


def _facts(db: Db, procedure: str, typed: list[str]) -> dict[str, object]:
    known = _known_facts(db, procedure)
    facts: dict[str, object] = {}
    for text in typed:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise Invalid.of("--fact", f"write KEY=VALUE, not {text}")
        if key in facts:
            raise Invalid.of(f"facts.{key}", f"is given twice; write all values of a list at once: {key}=one,two")
        facts[key] = _value(known.get(key), value)
    return facts


def _known_facts(db: Db, procedure: str) -> dict[str, Fact]:
    """The facts of the clinic's protocol; none where it has no such protocol, which registering tells."""
    from scheduler.services.documents import read_version
    from scheduler.storage.protocols import current_version

    stored = current_version(db, procedure)
    return dict(read_version(stored.document, stored.number).protocol.facts) if stored else {}


def _value(fact: Fact | None, text: str) -> object:
    """The value that was typed: words for a list, the word itself for a choice, else a JSON number or yes and no."""
    from scheduler.domain.care.protocols import FactType

    if fact is not None and fact.type is FactType.LIST:
        return [word.strip() for word in text.split(",") if word.strip()]
    if fact is not None and fact.type is FactType.CHOICE:
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text


def _as_json(view: SessionView) -> dict[str, object]:
    """The shape in which `POST /api/v1/sessions` answers."""
    return {
        "id": view.id,
        "patient_id": view.patient_id,
        "procedure": view.procedure,
        "protocol_version": view.protocol_version,
        "band": view.band,
        "notices": view.notices,
        "windows": [_window(window) for window in view.windows],
        "reminders": [_reminder(reminder) for reminder in view.reminders],
        "not_planned": [dataclasses.asdict(rule) for rule in view.not_planned],
    }


def _window(window: WindowView) -> dict[str, object]:
    values = dataclasses.asdict(window)
    values["from"] = values.pop("start")
    return values


_REMINDER = (
    "id",
    "rule",
    "kind",
    "channel",
    "status",
    "due_at",
    "due_local",
    "useful_until",
    "bundled_into",
    "because",
)


def _reminder(reminder: ReminderView) -> dict[str, object]:
    return {key: getattr(reminder, key) for key in _REMINDER}


def _show(view: SessionView) -> None:
    say(f"Session {view.id} of patient {view.patient_id}, version {view.protocol_version}, band {view.band or '-'}.")
    for notice in view.notices:
        say(notice)
    rows = [
        (f"{reminder.due_local:%Y-%m-%d %H:%M}", reminder.rule, reminder.channel, reminder.status, reminder.because)
        for reminder in view.reminders
    ]
    not_planned = [("-", rule.rule, "-", "not planned", rule.because) for rule in view.not_planned]
    show_table(("patient's time", "rule", "channel", "status", "because"), rows + not_planned)
