from __future__ import annotations

from datetime import date, datetime

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.messages import EmailTemplate, MessageTemplate
from scheduler.domain.delivery.rendering import (
    BUNDLE,
    HOW_TO_STOP,
    Clause,
    NoWording,
    Occasion,
    Templates,
    has_wording,
    render,
    render_bundle,
    spoken_day,
    until_day,
)
from scheduler.domain.people.patients import Channel, Patient
from tests.catalog.config_folder import shipped
from tests.domain.care.builders import ENDED, LONDON, a_clinic, a_patient, utc, wall

EMAIL = EmailTemplate(subject="Until ((until))", markdown="Call ((clinic)) on ((phone)).")
FIFTH, NINTH = wall("2026-03-05T00:00"), wall("2026-03-09T00:00")


def words(
    template: str = "rest",
    language: str = "en",
    *,
    sms: str | None = "((clinic)): rest until after ((until)).",
    line: str | None = None,
    private: str | None = None,
    email: EmailTemplate | None = None,
) -> MessageTemplate:
    return MessageTemplate(template=template, language=language, sms=sms, line=line, private=private, email=email)


def templates(*found: MessageTemplate) -> Templates:
    return {(one.template, one.language): one for one in found or (words(),)}


STOP = words(HOW_TO_STOP, sms="Reply STOP to end texts.")


def an_occasion(
    *,
    patient: Patient | None = None,
    clinic: Clinic | None = None,
    topic_ends: dict[str, datetime] | None = None,
    at: datetime = ENDED,
    first_text: bool = False,
) -> Occasion:
    return Occasion(
        patient=patient or a_patient(),
        clinic=clinic or a_clinic(),
        topic_ends={"acids": NINTH} if topic_ends is None else topic_ends,
        at=at,
        first_text=first_text,
    )


def text(found: Templates, occasion: Occasion | None = None) -> str:
    return render(found, "rest", Channel.SMS, occasion or an_occasion()).body


def test_a_text_is_its_template_filled_in() -> None:
    assert text(templates()) == "Lumen Clinic: rest until after Sunday 8 March."


def test_every_contact_line_can_be_named() -> None:
    lines = words(sms="((phone)) / ((out_of_hours)) / ((urgent)) / ((emergency)) / ((link))!")

    assert text(templates(lines)) == "020 7946 0000 / 020 7946 0001 / 111 / 999 / !"


def test_an_email_has_a_subject_and_a_body() -> None:
    message = render(templates(words(email=EMAIL)), "rest", Channel.EMAIL, an_occasion())

    assert (message.subject, message.body) == ("Until Sunday 8 March", "Call Lumen Clinic on 020 7946 0000.")


def test_a_message_knows_the_end_that_its_words_name() -> None:
    dated, undated = words(sms="Rest until after ((until))."), words(sms="Rest.")

    named = render(templates(dated), "rest", Channel.SMS, an_occasion())
    unnamed = render(templates(undated), "rest", Channel.SMS, an_occasion())

    assert named.names_until == max(an_occasion().topic_ends.values())
    assert unnamed.names_until is None


def test_a_text_has_no_subject() -> None:
    assert render(templates(), "rest", Channel.SMS, an_occasion()).subject is None


@pytest.mark.parametrize(
    ("language", "languages", "expected"),
    [
        ("de", ("en", "fr"), "Ruhe"),
        ("fr", ("en",), "Repos"),
        ("pl", ("fr", "en"), "Repos"),
        ("pl", ("it", "en", "fr"), "Rest"),
    ],
)
def test_the_patients_language_comes_first_then_the_clinics_in_order(
    language: str, languages: tuple[str, ...], expected: str
) -> None:
    found = templates(words(sms="Rest"), words(language="de", sms="Ruhe"), words(language="fr", sms="Repos"))

    occasion = an_occasion(patient=a_patient(language=language), clinic=a_clinic(languages=languages))

    assert text(found, occasion) == expected


def test_a_language_without_words_for_the_channel_is_passed_over() -> None:
    found = templates(words(sms="Rest", email=EMAIL), words(language="de", sms=None, email=EMAIL))

    assert has_wording(found, "rest", Channel.SMS)
    assert text(found, an_occasion(patient=a_patient(language="de"))) == "Rest"


def test_a_patient_who_wants_no_details_gets_the_private_wording() -> None:
    found = templates(words(sms="No retinol", private="Read your sheet", email=EMAIL))
    private = an_occasion(patient=a_patient(private=True))

    assert text(found) == "No retinol"
    assert text(found, private) == "Read your sheet"
    assert render(found, "rest", Channel.EMAIL, private).body == "Call Lumen Clinic on 020 7946 0000."


def test_without_private_wording_a_text_goes_in_full() -> None:
    assert text(templates(words(sms="No retinol")), an_occasion(patient=a_patient(private=True))) == "No retinol"


def test_the_first_text_to_a_patient_tells_how_to_stop() -> None:
    found = templates(words(sms="Rest."), STOP)

    assert text(found, an_occasion(first_text=True)) == "Rest. Reply STOP to end texts."
    assert text(found) == "Rest."


def test_the_private_wording_tells_how_to_stop_too() -> None:
    found = templates(words(sms="Rest.", private="Read."), STOP)
    patient = a_patient(private=True)

    assert text(found, an_occasion(patient=patient, first_text=True)) == "Read. Reply STOP to end texts."


def test_an_email_never_says_how_to_stop_texts() -> None:
    found = templates(words(email=EMAIL), STOP)

    assert "STOP" not in render(found, "rest", Channel.EMAIL, an_occasion(first_text=True)).body


def test_a_first_text_without_words_for_how_to_stop_goes_all_the_same() -> None:
    assert text(templates(words(sms="Rest.")), an_occasion(first_text=True)) == "Rest."
    assert text(templates(words(sms="Rest."), words(HOW_TO_STOP, sms=None)), an_occasion(first_text=True)) == "Rest."


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-03T14:30", date(2026, 3, 8)),
        ("2026-03-08T23:59", date(2026, 3, 8)),
        ("2026-03-09T00:00", date(2026, 3, 8)),  # all over: the latest of them
    ],
)
def test_the_date_is_the_last_day_of_the_latest_topic_that_still_holds(at: str, day: date) -> None:
    assert until_day({"makeup": FIFTH, "acids": NINTH}, utc(at), LONDON) == day


def test_a_date_is_on_the_patients_calendar() -> None:
    occasion = an_occasion(patient=a_patient(zone="Asia/Tokyo"), topic_ends={"heat": utc("2026-03-04T16:00")})

    assert text(templates(), occasion) == "Lumen Clinic: rest until after Thursday 5 March."


def test_an_end_by_the_hour_names_the_day_it_lies_in() -> None:
    assert until_day({"heat": wall("2026-03-04T14:30")}, ENDED, LONDON) == date(2026, 3, 4)


def test_without_topics_there_is_no_date() -> None:
    assert until_day({}, ENDED, LONDON) is None
    assert text(templates(words(sms="Rest ((until))!")), an_occasion(topic_ends={})) == "Rest !"


@pytest.mark.parametrize(
    ("found", "channel"),
    [
        (templates(words("other")), Channel.SMS),
        (templates(words(language="fr")), Channel.SMS),
        (templates(words(sms=None, email=EMAIL)), Channel.SMS),
        (templates(words(sms=None, private="Read.")), Channel.SMS),
        (templates(words()), Channel.EMAIL),
    ],
    ids=["no such template", "another language", "email only", "private only", "text only"],
)
def test_without_wording_nothing_is_made_up(found: Templates, channel: Channel) -> None:
    with pytest.raises(NoWording, match="rest"):
        render(found, "rest", channel, an_occasion())


def test_wording_is_known_by_template_and_channel() -> None:
    found = templates(words(), words("letter", sms=None, email=EMAIL))

    assert has_wording(found, "rest", Channel.SMS)
    assert not has_wording(found, "rest", Channel.EMAIL)
    assert has_wording(found, "letter", Channel.EMAIL)
    assert not has_wording(found, "letter", Channel.SMS)
    assert not has_wording(found, "unheard-of", Channel.SMS)


def test_a_day_is_spoken_without_a_leading_zero() -> None:
    assert spoken_day(date(2026, 3, 8)) == "Sunday 8 March"


@pytest.mark.parametrize("template", sorted({name for name, _ in shipped().messages} - {BUNDLE, HOW_TO_STOP}))
def test_every_shipped_message_renders_on_each_channel_without_a_gap(template: str) -> None:
    occasion = an_occasion(first_text=True)

    for channel in Channel:
        message = render(shipped().messages, template, channel, occasion)

        read = f"{message.subject or ''} {message.body}"
        assert "((" not in read
        assert "None" not in read
        assert (message.subject is None) is (channel is Channel.SMS)


FRAME = words(
    BUNDLE, sms="((clinic)): ((lines)) Questions? ((phone))", email=EmailTemplate(subject="Today", markdown="((lines))")
)
SUN = words("sun", line="wear a hat until after ((until))", email=EmailTemplate(subject="Sun", markdown="Wear a hat."))
HEAT = words("heat", line="no sauna! Why? Ask us", email=EMAIL)
WORDS = templates(FRAME, SUN, HEAT, STOP)


def clause(template: str, end: datetime = NINTH, *, found: Templates = WORDS) -> Clause:
    return Clause(templates=found, template=template, topic_ends={"acids": end})


def test_several_texts_go_as_one_each_with_its_own_date() -> None:
    message, names = render_bundle([clause("sun"), clause("heat", FIFTH)], Channel.SMS, an_occasion())

    assert message.body == (
        "Lumen Clinic: Wear a hat until after Sunday 8 March. No sauna! Why? Ask us. Questions? 020 7946 0000"
    )
    assert names == (NINTH, None)


def test_several_emails_go_as_one_with_their_subjects_as_headings() -> None:
    message, names = render_bundle([clause("sun"), clause("heat", FIFTH)], Channel.EMAIL, an_occasion())

    assert message.subject == "Today"
    assert message.body == (
        "## Sun\n\nWear a hat.\n\n## Until Wednesday 4 March\n\nCall Lumen Clinic on 020 7946 0000."
    )
    assert names == (None, FIFTH)


def test_a_bundle_that_goes_first_says_how_to_stop() -> None:
    message, _ = render_bundle([clause("sun"), clause("heat")], Channel.SMS, an_occasion(first_text=True))

    assert message.body.endswith("Questions? 020 7946 0000. Reply STOP to end texts.")


@pytest.mark.parametrize("lacking", ["bundle", "sun"])
def test_what_lacks_its_words_is_no_bundle(lacking: str) -> None:
    found = {key: one for key, one in WORDS.items() if key[0] != lacking}

    with pytest.raises(NoWording):
        render_bundle([clause("sun", found=found), clause("heat", found=found)], Channel.SMS, an_occasion())


def test_who_wants_no_details_on_the_lock_screen_gets_no_bundle_by_text() -> None:
    private = an_occasion(patient=a_patient(private=True))

    with pytest.raises(NoWording):
        render_bundle([clause("sun")], Channel.SMS, private)
    assert render_bundle([clause("sun")], Channel.EMAIL, private)


def test_closing_words_that_emails_share_with_the_bundle_stand_once() -> None:
    call = "Questions? Call ((phone))."
    frame = words(BUNDLE, email=EmailTemplate(subject="Today", markdown=f"((lines))\n\n{call}\n"))
    sun = words("sun", email=EmailTemplate(subject="Sun", markdown=f"Wear a hat.\n\n{call}\n"))
    heat = words("heat", email=EmailTemplate(subject="Heat", markdown="No sauna."))
    found = templates(frame, sun, heat)

    message, _ = render_bundle([clause("sun", found=found), clause("heat", found=found)], Channel.EMAIL, an_occasion())

    assert message.body == ("## Sun\n\nWear a hat.\n\n## Heat\n\nNo sauna.\n\nQuestions? Call 020 7946 0000.\n")
