from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.catalog.message_files import dump_message, parse_message
from scheduler.domain.delivery.messages import EmailTemplate, MessageTemplate
from scheduler.domain.errors import Invalid
from tests.catalog.samples import told

MESSAGE = """\
sms = "((clinic)): No make-up until after ((until)). ((phone))"
line = "no make-up until after ((until))"
private = "((clinic)): See your sheet. ((phone))"

[email]
subject = "What to leave out until ((until))"
markdown = \"\"\"
No make-up until after **((until))**.

Call ((phone)).
\"\"\"
"""


def parse(text: str) -> MessageTemplate:
    return parse_message(text, file="en/makeup.toml", template="makeup", language="en")


def test_a_message_is_read_whole() -> None:
    assert parse(MESSAGE) == MessageTemplate(
        template="makeup",
        language="en",
        sms="((clinic)): No make-up until after ((until)). ((phone))",
        line="no make-up until after ((until))",
        private="((clinic)): See your sheet. ((phone))",
        email=EmailTemplate(
            subject="What to leave out until ((until))",
            markdown="No make-up until after **((until))**.\n\nCall ((phone)).\n",
        ),
    )


def test_a_text_alone_and_an_email_alone_are_enough() -> None:
    assert parse('sms = "Hello"\n').email is None
    assert parse('[email]\nsubject = "Hello"\nmarkdown = "Hello"\n').sms is None


words = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="{(")).filter(str.strip)
lines = st.lists(words, min_size=1).map("\n".join)


@given(sms=st.none() | lines, line=st.none() | words, private=st.none() | lines, subject=words, markdown=lines)
def test_a_message_written_and_read_again_is_equal(
    sms: str | None, line: str | None, private: str | None, subject: str, markdown: str
) -> None:
    message = MessageTemplate(
        template="makeup",
        language="en",
        sms=sms,
        line=line,
        private=private,
        email=EmailTemplate(subject=subject, markdown=markdown),
    )

    assert parse(dump_message(message)) == message


@pytest.mark.parametrize(
    ("right", "wrong", "field", "mend"),
    [
        ("No make-up until after ((until)).", "((untill))", "sms", 'no placeholder "untill"; did you mean until?'),
        ("No make-up until after ((until)).", "((name)) ((date))", "sms", 'no placeholder "date"'),
        ("No make-up until after ((until)).", "Until {{until}}", "sms", "write placeholders as ((until))"),
        ("No make-up until after ((until)).", "Until ((until)", "sms", "write placeholders as ((until))"),
        ("See your sheet.", "((clinc))", "private", "did you mean clinic?"),
        ('line = "no', 'line = "no\\n', "line", "on one line"),
        ('subject = "What', 'subject = "What\\nBcc: x@example.com', "email.subject", "on one line"),
        ('subject = "What to leave out until ((until))"', "", "email.subject", "is missing"),
        ('subject = "', 'subjct = "x"\nsubject = "', "email.subjct", "did you mean subject?"),
        ('private = "((clinic)): See your sheet. ((phone))"', 'private = ""', "private", "is empty"),
        ('line = "no make-up until after ((until))"', "line = 5", "line", "must be text in quotes, not a number"),
        ('sms = "', 'smss = "x"\nsms = "', "smss", "did you mean sms?"),
        ("No make-up until after ((until)).", "\\u0000", "sms", "control character"),
        ('sms = "', 'format = 2\nsms = "', "format", "must be 1"),
    ],
)
def test_a_mistake_names_its_key_and_says_the_mend(right: str, wrong: str, field: str, mend: str) -> None:
    assert right in MESSAGE

    with pytest.raises(Invalid) as error:
        parse(MESSAGE.replace(right, wrong, 1))

    assert [problem.field for problem in error.value.problems] == [f"en/makeup.toml: {field}"]
    assert mend in told(error.value)


def test_a_message_without_words_says_what_to_write() -> None:
    with pytest.raises(Invalid) as error:
        parse('line = "x"\n')

    assert told(error.value) == 'en/makeup.toml: has no words; write sms = "…", an [email] table, or both'


def test_an_email_that_is_no_table_says_what_to_write() -> None:
    with pytest.raises(Invalid) as error:
        parse('email = "Hello"\n')

    assert told(error.value) == (
        'en/makeup.toml: email: must be a table, such as email = { subject = "…", markdown = "…" }, not "Hello"'
    )
