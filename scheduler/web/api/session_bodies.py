"""What requests say of a session and of its patient."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from scheduler.services.correcting import Correction
from scheduler.services.people import ConsentGiven, PersonGiven
from scheduler.services.registering import Given
from scheduler.web.api.fields import Body, Day, Email, Instant, Name, Phone, Text

_MOST = 50


class ConsentBody(Body):
    """What the patient said about messages; a channel that is left out was not asked about."""

    sms: bool | None = Field(default=None, description="Whether they agreed to texts.")
    email: bool | None = Field(default=None, description="Whether they agreed to emails.")
    source: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        default="desk", description="Where they said it: desk, form, import."
    )


class PatientBody(Body):
    """A person. With the same number or address and the same name they are the patient that they were before."""

    name: Name = Field(description="As the clinic writes it.")
    phone: Phone | None = Field(
        default=None, description="Their own number; one without a country code is of the clinic's country."
    )
    email: Email | None = None
    language: Text | None = Field(default=None, description="Of their messages; left out, the clinic's first.")
    zone: Text | None = Field(default=None, description="IANA zone, where it differs from the clinic's.")
    birth_date: Day | None = Field(default=None, description="Tells two people of one name and number apart.")
    flags: Annotated[list[Text], Field(max_length=_MOST)] = Field(
        default=[], description="What a clinician recorded; added to the flags that the patient has."
    )
    private: bool = Field(default=False, description="Whether they want no details on the lock screen.")
    consent: ConsentBody = ConsentBody()

    def given(self) -> PersonGiven:
        """The same for the services."""
        return PersonGiven(
            name=self.name,
            phone=self.phone,
            email=self.email,
            language=self.language,
            zone=self.zone,
            birth_date=self.birth_date,
            flags=tuple(self.flags),
            private=self.private,
            consent=ConsentGiven(sms=self.consent.sms, email=self.consent.email, source=self.consent.source),
        )


class SessionBody(Body):
    """A treatment of one patient: either `patient` or `patient_id`."""

    patient: PatientBody | None = None
    patient_id: Text | None = Field(default=None, description="In place of `patient`.")
    procedure: Text = Field(description="One that the clinic has a protocol for.")
    ended_at: Instant = Field(description="When the treatment ended: at most 5 minutes ahead and 60 days ago.")
    facts: Annotated[dict[str, object], Field(max_length=_MOST)] = Field(
        default={}, description="What the protocol asks for, by name: numbers, true or false, words, lists of words."
    )

    def given(self) -> Given:
        """The same for the services."""
        return Given(
            procedure=self.procedure,
            ended_at=self.ended_at,
            facts=self.facts,
            patient=self.patient.given() if self.patient else None,
            patient_id=self.patient_id,
        )


class SessionPatch(Body):
    """What was wrong: facts, the time, or both."""

    facts: Annotated[dict[str, object], Field(max_length=_MOST)] = Field(
        default={}, description="Those to correct, by name; `null` removes one."
    )
    ended_at: Instant | None = Field(default=None, description="When the treatment really ended.")

    def given(self) -> Correction:
        """The same for the services."""
        return Correction(facts=self.facts, ended_at=self.ended_at)


class PreviewBody(SessionBody):
    """A session that is only looked at; any date will do."""

    now: Instant | None = Field(
        default=None, description="When it would be registered; left out, at present or at `ended_at` if that is later."
    )
