"""What a patient says about messages after registering: agreeing, refusing, stopping, and lifting a stop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.errors import NotNow
from scheduler.domain.people.consent import Consent, Purpose, Word, latest
from scheduler.domain.people.patients import Channel
from scheduler.services.patient_changes import open_patient, read_words, record, settle
from scheduler.storage import consents
from scheduler.storage.database import Db

_SPOKEN = {Channel.SMS: "texts", Channel.EMAIL: "emails"}
_DONE = {Word.GIVEN: "Agreed to", Word.REFUSED: "Refused", Word.STOPPED: "Stopped"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a patient said on one channel for one purpose."""

    channel: Channel
    purpose: Purpose
    given: bool
    source: str
    wording: str | None = None
    evidence: str | None = None
    lifts_stop: bool = False


def consent(db: Db, patient_id: str, said: Said, *, by: str, now: datetime) -> None:
    """Record that a patient agreed or refused, and plan anew.

    After a stop only the patient's own lifting of it counts, with evidence; a refusal then changes nothing. Raises
    NotFound, NotNow for a stop that is not lifted, Invalid for lifting one without evidence.
    """
    open_patient(db, patient_id)
    stopped = _last(db, patient_id, said.channel, said.purpose) is Word.STOPPED
    if stopped and not said.given:
        return
    evidence = said.evidence
    if stopped:
        evidence = _lifting(said)
    word = _word(said.channel, said.purpose, Word.GIVEN if said.given else Word.REFUSED, said.source, now)
    consents.add_consent(db, patient_id, word, recorded_by=by, wording=said.wording, evidence=evidence)
    record(db, patient_id, "consent", _sentence(word, lifted=stopped), by=by, now=now)
    settle(db, patient_id, now=now)


def opt_out(
    db: Db,
    patient_id: str,
    channel: Channel,
    purposes: Iterable[Purpose],
    *,
    source: str,
    evidence: str,
    by: str,
    now: datetime,
) -> None:
    """Record that a patient stopped messages: what is open goes by another channel or is cancelled, at once.

    Raises NotFound, NotNow, or Invalid without evidence. What was stopped before stays so.
    """
    words = read_words("evidence", evidence, "say how the patient said it,")
    open_patient(db, patient_id)
    for purpose in purposes:
        if _last(db, patient_id, channel, purpose) is not Word.STOPPED:
            word = _word(channel, purpose, Word.STOPPED, source, now)
            consents.add_consent(db, patient_id, word, recorded_by=by, evidence=words)
            record(db, patient_id, "opt-out", _sentence(word), by=by, now=now)
    settle(db, patient_id, now=now)


def carry_stops(db: Db, patient_id: str, stopped: Iterable[Consent], *, source: str, by: str, now: datetime) -> None:
    """Let stops hold for a patient, whatever else stands in their history."""
    history = tuple(stopped)
    for channel in Channel:
        for purpose in Purpose:
            was = latest(history, channel=channel, purpose=purpose)
            if was is Word.STOPPED and _last(db, patient_id, channel, purpose) is not Word.STOPPED:
                word = _word(channel, purpose, Word.STOPPED, source, now)
                consents.add_consent(db, patient_id, word, recorded_by=by)


def _last(db: Db, patient_id: str, channel: Channel, purpose: Purpose) -> Word | None:
    history = consents.consents_of(db, {patient_id}).get(patient_id, ())
    return latest(history, channel=channel, purpose=purpose)


def _lifting(said: Said) -> str:
    if not said.lifts_stop:
        message = (
            f"The patient stopped these {_SPOKEN[said.channel]}. If they want them again, send lifts_stop as true "
            "with evidence of how they said so."
        )
        raise NotNow(message)
    return read_words("evidence", said.evidence or "", "say how the patient lifted the stop,")


def _word(channel: Channel, purpose: Purpose, word: Word, source: str, at: datetime) -> Consent:
    return Consent(channel=channel, purpose=purpose, word=word, source=source, at=at)


def _sentence(word: Consent, *, lifted: bool = False) -> str:
    what = f"{_SPOKEN[Channel(word.channel)]} for {word.purpose.value}"
    return f"{_DONE[word.word]} {what}, said at {word.source}{', which lifts their stop' if lifted else ''}."
