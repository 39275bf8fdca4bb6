"""What requests say about patients: who is looked for, and what is changed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from scheduler.domain.people.consent import Purpose
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.pauses import PauseReason
from scheduler.services.consenting import Said
from scheduler.services.overriding import NewEnd
from scheduler.services.patient_details import PatientChange
from scheduler.services.same_patient import Split
from scheduler.web.api.fields import Body, Day, Email, Name, NeededWords, NotNull, Phone, Text, Words
from scheduler.web.api.session_bodies import PatientBody

_MOST = 50
_MOST_LISTED = 200
_WORD = Field(strict=False)
"""Of an enum: JSON has only text for it."""

Word = Annotated[str, Field(min_length=1, max_length=100)]


class PatientQuery(BaseModel):
    """Who is looked for; all that is given must fit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    phone: Text | None = Field(default=None, description="A whole number (write + as %2B).", examples=["+447911123456"])
    last4: Text | None = Field(default=None, description="The last four digits of a number.", examples=["3456"])
    name: Text | None = Field(
        default=None,
        description="Three letters or more with which a part of the name begins; only the first three of each count.",
        examples=["ami"],
    )
    limit: Annotated[int, Field(ge=1, le=_MOST_LISTED)] = Field(default=50, description="The most in one answer.")
    after: Text | None = Field(default=None, description="`next` of the page before.")


class ContactBody(Body):
    """A number, an address or both."""

    phone: Phone | None = Field(default=None, description="One without a country code is of the clinic's country.")
    email: Email | None = None


class PatientPatch(Body):
    """What to change; what is left out stays."""

    name: Annotated[Name | None, NotNull()] = None
    language: Annotated[Text | None, NotNull()] = None
    zone: Text | None = Field(default=None, description="IANA zone; `null` for the clinic's.")
    birth_date: Day | None = Field(default=None, description="`null` removes it.")
    flags: Annotated[Annotated[list[Text], Field(max_length=_MOST)] | None, NotNull()] = Field(
        default=None, description="All flags that the patient has from now on."
    )
    private: Annotated[bool | None, NotNull()] = Field(
        default=None, description="Whether they want no details on the lock screen."
    )
    add_contact: ContactBody = ContactBody()
    remove_contact: Annotated[list[Text], Field(max_length=_MOST)] = Field(
        default=[], description="Ids of contact points; no message goes there any more."
    )

    def given(self) -> PatientChange:
        """The same for the services."""
        emptied = {name for name in self.model_fields_set if getattr(self, name) is None}
        return PatientChange(
            name=self.name,
            language=self.language,
            zone=self.zone,
            birth_date=self.birth_date,
            flags=None if self.flags is None else tuple(self.flags),
            private=self.private,
            emptied=frozenset(emptied),
            phone=self.add_contact.phone,
            email=self.add_contact.email,
            removed=tuple(self.remove_contact),
        )


class MergeBody(Body):
    """Who the patient really is."""

    into: Text = Field(description="The patient who stays.")


class SplitBody(PatientBody):
    """Whose the sessions really are: a person as when registering, found by contact point and name, or new."""

    sessions: Annotated[list[Text], Field(max_length=_MOST)] = Field(
        description="Ids of the sessions that are theirs, one at least.", json_schema_extra={"minItems": 1}
    )
    shares_contact: bool = Field(
        default=False, description="Whether the first patient keeps the number and address given here, too."
    )

    def split(self) -> Split:
        """The same for the services."""
        return Split(sessions=tuple(self.sessions), person=self.given(), shares_contact=self.shares_contact)


class GivenConsentBody(Body):
    """What the patient said on one channel for one purpose."""

    channel: Annotated[Channel, _WORD]
    purpose: Annotated[Purpose, _WORD] = Field(
        default=Purpose.CARE, description="Only what invites to book again is marketing."
    )
    given: bool = Field(description="Whether they agreed.")
    source: Word = Field(default="desk", description="Where they said it: desk, form, import.")
    wording: Word | None = Field(default=None, description="Version of the wording that was shown.")
    evidence: Words | None = Field(default=None, description="How they said it; needed where it lifts a stop.")
    lifts_stop: bool = Field(default=False, description="Whether they want again what they had stopped.")

    def said(self) -> Said:
        """The same for the services."""
        return Said(
            channel=self.channel,
            purpose=self.purpose,
            given=self.given,
            source=self.source,
            wording=self.wording,
            evidence=self.evidence,
            lifts_stop=self.lifts_stop,
        )


class StoppedPurpose(StrEnum):
    """What a patient stops: messages of one purpose, or all."""

    CARE = "care"
    MARKETING = "marketing"
    ALL = "all"


class OptOutBody(Body):
    """What the patient stopped."""

    channel: Annotated[Channel, _WORD]
    purpose: Annotated[StoppedPurpose, _WORD] = StoppedPurpose.ALL
    source: Word = Field(default="desk", description="Where they said it: desk, phone, letter.")
    evidence: NeededWords = Field(description="How they said it, in 3 to 500 letters.")

    def purposes(self) -> tuple[Purpose, ...]:
        """Those that it is about."""
        return tuple(Purpose) if self.purpose is StoppedPurpose.ALL else (Purpose(self.purpose.value),)


class PauseBody(Body):
    """Why nothing may be sent for now."""

    reason: Annotated[PauseReason, _WORD]
    note: Words = Field(default="", description="Staff will read it; 3 to 500 letters.")


class ResumeBody(Body):
    """Why messages go on."""

    reason: Words = Field(default="", description="Needed after a death; 3 to 500 letters.")


class OverrideBody(Body):
    """A topic of one session that ends earlier than the rules say, in the place of what was said before."""

    session_id: Text = Field(description="A live session of the patient.")
    topic: Text = Field(description="A topic for which the session has a window of its own.")
    until_local: Day | None = Field(
        default=None, description="The last day on which it holds, on the patient's calendar."
    )
    length: Text | None = Field(
        default=None,
        description="In its place: how long it holds from the end of the session, as protocols write it.",
        examples=["3d"],
    )
    reason: NeededWords = Field(description="Why, in 3 to 500 letters; it stands in the plan.")

    def new_end(self) -> NewEnd:
        """The same for the services."""
        return NewEnd(
            session_id=self.session_id,
            topic=self.topic,
            last_day=self.until_local,
            length=self.length,
            reason=self.reason,
        )
