"""The words that ship: one part each, plain, discreet, and never more than the service may say."""

from __future__ import annotations

import re

import pytest

from scheduler.domain.care.ruleless import CATCH_UP, CORRECTION
from scheduler.domain.delivery.messages import MessageTemplate, fill, placeholders
from scheduler.domain.delivery.parts import Encoding, parts
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.delivery.rendering import BUNDLE, HOW_TO_STOP
from tests.catalog.config_folder import shipped

LONGEST = {
    "clinic": "The Willow Skin Room",
    "phone": "+44 7700 900 0000",
    "out_of_hours": "+44 7700 900 0000",
    "urgent": "+44 7700 900 0000",
    "emergency": "999",
    "until": "Wednesday 23 September",
    "topics": "prescribed retinoid and make-up",
}
RULELESS_KINDS = {CATCH_UP: Kind.INSTRUCT, CORRECTION: Kind.CORRECTION}
RULES = [rule for protocol in shipped().protocols.values() for rule in protocol.reminders]
KINDS = {rule.template: rule.kind for rule in RULES} | RULELESS_KINDS
FRAMES = {BUNDLE, HOW_TO_STOP}
MESSAGES = [message for message in shipped().messages.values() if message.template not in FRAMES]
OF_KIND = {kind: [message for message in MESSAGES if KINDS.get(message.template) is kind] for kind in Kind}
TREATMENTS = r"micro|needl|\brf\b|radio|\bprp\b|roller|\bpen\b|peel(?!-off|ing)\w*s\b|laser|botox|filler"
AREAS = r"\bface|neck|chest|\blips?\b|eyelid|scalp|forehead|cheek|chin\b|\bbody\b"
ILLNESSES = r"herpes|cold sore|infect|sepsis|keloid|melasma|granulom|pigment|acne|allerg|scar"
MEDICINES = r"aciclovir|valac|antivir|antibio|ibuprofen|aspirin|paracetamol|isotret|tretinoin|blood thinner"
PROMISES = r"harmless|guarantee|no risk|perfect|results?\b|you will be|heal(s|ed)? by"
MARKETING = r"\bbook\b|offer|discount|next session|appointment|special"
CARELESS = r"please|\bappt|\bmon\b|\btue|asap|otc|tomorrow|tonight|yesterday|hello|dear|avoid"


def names(messages: list[MessageTemplate]) -> list[str]:
    return [message.template for message in messages]


def whole(message: MessageTemplate) -> str:
    return "\n".join(message.texts())


@pytest.mark.parametrize("message", MESSAGES, ids=names(MESSAGES))
def test_a_text_is_one_part_with_the_longest_names_numbers_and_dates(message: MessageTemplate) -> None:
    for text in filter(None, (message.sms, message.private, message.line)):
        sent = parts(fill(text, LONGEST))

        most = 2 if message.template in RULELESS_KINDS else 1  # these name their topics, however many
        assert sent.encoding is Encoding.GSM_7
        assert sent.parts <= most, f"{sent.units}: {text}"
        assert text.isascii()


@pytest.mark.parametrize("message", MESSAGES, ids=names(MESSAGES))
@pytest.mark.parametrize(
    "forbidden",
    [TREATMENTS, AREAS, ILLNESSES, MEDICINES, PROMISES, MARKETING, CARELESS, r"\brepl(y|ies)\b", r"https?:"],
    ids=["treatments", "areas", "illnesses", "medicines", "promises", "marketing", "careless", "reply", "links"],
)
def test_no_message_says_what_none_may_say(message: MessageTemplate, forbidden: str) -> None:
    assert re.findall(forbidden, whole(message), flags=re.IGNORECASE) == []


@pytest.mark.parametrize("message", MESSAGES, ids=names(MESSAGES))
def test_a_message_names_the_clinic_and_how_to_reach_it_and_has_no_link(message: MessageTemplate) -> None:
    assert message.sms is not None
    assert message.email is not None

    assert message.sms.startswith("((clinic)): ")
    assert {"clinic", "phone"} <= set(placeholders(message.sms))
    assert {"clinic", "phone"} <= set(placeholders(message.email.markdown))
    assert "link" not in placeholders(whole(message))
    assert message.private is None or message.private.startswith("((clinic)): ")


@pytest.mark.parametrize("message", MESSAGES, ids=names(MESSAGES))
def test_an_email_has_a_short_subject_and_no_inner_heading(message: MessageTemplate) -> None:
    assert message.email is not None

    assert len(fill(message.email.subject, LONGEST)) < 50
    assert not re.search(r"^#", message.email.markdown, flags=re.MULTILINE)


@pytest.mark.parametrize("message", MESSAGES, ids=names(MESSAGES))
def test_a_date_stands_after_until(message: MessageTemplate) -> None:
    body = "\n".join(text for text in message.texts() if not message.email or text != message.email.subject)

    assert len(re.findall(r"[Uu]ntil after \**\(\(until\)\)", body)) == body.count("((until))")


@pytest.mark.parametrize("message", OF_KIND[Kind.INSTRUCT], ids=names(OF_KIND[Kind.INSTRUCT]))
def test_what_instructs_never_reassures(message: MessageTemplate) -> None:
    soothing = r"common|normal|eas(e|es|ing)\b|\bfine\b|usual|expected|worry|should feel|calm"

    assert re.findall(soothing, whole(message), flags=re.IGNORECASE) == []


@pytest.mark.parametrize("message", OF_KIND[Kind.SAFETY], ids=names(OF_KIND[Kind.SAFETY]))
def test_what_keeps_safe_is_complete_and_always_in_full(message: MessageTemplate) -> None:
    assert message.sms is not None
    assert message.email is not None

    for text in (message.sms, message.email.markdown):
        assert {"phone", "urgent", "emergency"} <= set(placeholders(text))
    assert message.private is None
    assert message.line is None


def test_the_danger_signs_start_with_what_everyone_can_feel_and_the_email_has_them_all() -> None:
    danger = shipped().messages["danger", "en"]
    assert danger.sms is not None
    assert danger.email is not None

    assert danger.sms.startswith("((clinic)): More heat, pain or swelling? Pus or blisters?")
    for sign in ("breathe", "tongue", "throat", "faint", "rash", "38 C", "shivering", "confusion", "near an eye",
                 "sight", "comes back", "severe", "pus", "crusts", "tingles", "blisters", "burn", "numb", "bumps",
                 "patches"):  # fmt: skip
        assert sign in danger.email.markdown


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.SAFETY])
def test_everything_else_has_a_clause_for_a_bundle_and_discreet_words(kind: Kind) -> None:
    for message in OF_KIND[kind]:
        assert message.line is not None
        assert not message.line.endswith(".")
        assert message.private is not None
        assert "skin" not in message.private


def test_resume_asks_for_calm_skin_names_one_product_first_and_leaves_prescriptions_to_the_clinic() -> None:
    message = shipped().messages["resume-actives", "en"]

    assert message.sms == (
        "((clinic)): From today, only if skin is calm, restart one: retinol, acid, vitamin C, scrub or toner. "
        "Prescribed cream? Ask us first: ((phone))"
    )


def test_sunscreen_starts_again_on_healed_skin_only() -> None:
    message = shipped().messages["resume-sunscreen", "en"]

    assert message.sms == (
        "((clinic)): From today, only if skin has healed, use mineral sunscreen (SPF 30+) each morning. Wear a hat. "
        "Not healed? Call ((phone))"
    )
    assert {words.template for words in OF_KIND[Kind.RESUME]} == {"resume-actives", "resume-sunscreen"}


def test_a_text_that_several_procedures_share_is_of_one_kind() -> None:
    assert [rule.id for rule in RULES if rule.kind is not KINDS[rule.template]] == []


def test_the_actives_text_is_the_one_of_the_design() -> None:
    message = shipped().messages["no-actives", "en"]

    assert message.sms == (
        "((clinic)): Do not use retinol, acids, vitamin C, scrubs or alcohol toner until after ((until)). "
        "Questions? ((phone))"
    )
    assert message.line == "no retinol, acids, vitamin C, scrubs or alcohol toner until after ((until))"


def test_every_template_is_sent_by_a_rule_or_without_one_or_frames_others() -> None:
    assert {template for template, _ in shipped().messages} == {*KINDS, *FRAMES}


def test_how_to_stop_is_a_short_sentence() -> None:
    assert shipped().messages[HOW_TO_STOP, "en"].sms == "Text STOP to end texts."
