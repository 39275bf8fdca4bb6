from __future__ import annotations

import pytest

from scheduler.domain.delivery.messages import (
    EmailTemplate,
    MessageTemplate,
    Placeholder,
    fill,
    placeholders,
    unknown_placeholders,
)


def test_placeholders_are_named_in_order_known_or_not() -> None:
    assert placeholders("((clinic)): until ((until)), (( who )) or ((clinic))") == ("clinic", "until", "who", "clinic")


@pytest.mark.parametrize("text", ["", "(clinic)", "((clinic)", "(clinic))", "Dr (Okafor)", "((a(b)))"])
def test_brackets_that_are_no_placeholder_are_left_alone(text: str) -> None:
    assert placeholders(text) == ()
    assert fill(text, {}) == text


def test_filling_is_plain_substitution() -> None:
    filled = fill("((clinic)): until (( until )). ((clinic))!", {"clinic": "Lumen", "until": "Sunday 8 March"})

    assert filled == "Lumen: until Sunday 8 March. Lumen!"


def test_a_value_is_never_read_as_a_template() -> None:
    assert fill("((clinic))", {"clinic": r"((until)) \1 {x} %s", "until": "never"}) == r"((until)) \1 {x} %s"


def test_a_placeholder_without_a_value_is_an_error_that_names_it() -> None:
    with pytest.raises(KeyError, match="until"):
        fill("until ((until))", {"clinic": "Lumen"})


def test_names_off_the_closed_list_are_told_once_each() -> None:
    texts = ("((clinic)) ((name))", "((surname)) ((name)) (())")

    assert unknown_placeholders(texts) == ("name", "surname", "")


def test_the_closed_list_is_known() -> None:
    listed = " ".join(f"(({name}))" for name in Placeholder)

    assert [name.value for name in Placeholder] == [
        "clinic",
        "phone",
        "out_of_hours",
        "urgent",
        "emergency",
        "until",
        "topics",
        "lines",
        "link",
    ]
    assert unknown_placeholders([listed]) == ()


def test_the_texts_of_a_template_are_all_its_wording() -> None:
    email = EmailTemplate(subject="subject", markdown="markdown")
    full = MessageTemplate(template="t", language="en", sms="sms", line="line", private="private", email=email)

    assert full.texts() == ("sms", "line", "private", "subject", "markdown")
    assert MessageTemplate(template="t", language="en", sms="sms").texts() == ("sms",)
    assert MessageTemplate(template="t", language="en").texts() == ()
