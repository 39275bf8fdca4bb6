from __future__ import annotations

import pytest

from scheduler.catalog.flag_files import dump_flags, parse_flags
from scheduler.domain.errors import Invalid
from scheduler.domain.people.flags import Flag
from tests.catalog.samples import told

FLAGS = """\
[flags.melasma]
label = "Melasma"
class = "P"
why = "Longer times."
source = "A book"

[flags.herpes]
label = "Cold sores"
"""


def test_flags_are_read_and_a_named_clinician_signs_where_nothing_is_said() -> None:
    assert parse_flags(FLAGS, file="flags.toml") == {
        "melasma": Flag(id="melasma", label="Melasma", why="Longer times.", source="A book", sign_off="P"),
        "herpes": Flag(id="herpes", label="Cold sores", sign_off="M"),
    }


def test_flags_written_and_read_again_are_equal() -> None:
    flags = parse_flags(FLAGS, file="flags.toml")

    assert parse_flags(dump_flags(flags), file="flags.toml") == flags


@pytest.mark.parametrize(
    ("right", "wrong", "field", "mend"),
    [
        ('label = "Cold sores"', "", 'flag "herpes": label', "is missing"),
        ('label = "Cold sores"', 'label = ""', 'flag "herpes": label', "is empty"),
        ('class = "P"', 'class = "p"', 'flag "melasma": class', "use one of: G, M, P"),
        ('source = "A book"', "source = 1", 'flag "melasma": source', "must be text"),
        ('source = "A book"', 'sourc = "x"', 'flag "melasma": sourc', "did you mean source?"),
        ("[flags.herpes]", "[flags.'cold sores']", 'flag "cold sores"', "can't be an id"),
        ("[flags.melasma]", "format = 3\n[flags.melasma]", "format", "must be 1"),
    ],
)
def test_a_mistake_names_its_flag_and_key_and_says_the_mend(right: str, wrong: str, field: str, mend: str) -> None:
    with pytest.raises(Invalid) as error:
        parse_flags(FLAGS.replace(right, wrong, 1), file="flags.toml")

    assert [problem.field for problem in error.value.problems] == [f"flags.toml: {field}"]
    assert mend in told(error.value)
