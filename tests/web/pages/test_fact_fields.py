from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from scheduler.domain.care.conditions import Value
from scheduler.domain.care.protocols import CareProtocol, Fact, FactType
from scheduler.domain.care.sessions import read_facts
from scheduler.domain.errors import Problem
from scheduler.web.pages.fact_fields import OTHER, UNKNOWN, Kind, fact_fields, posted_facts, read_fact_fields
from tests.builders import CATALOG

NEEDLING, PEEL = CATALOG.protocols["microneedling"], CATALOG.protocols["chemical_peel"]


@dataclass(frozen=True)
class Sent:
    """A posted form."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def text(self, name: str, /) -> str:
        return next(iter(self.all(name)), "").strip()

    def all(self, name: str, /) -> tuple[str, ...]:
        return self.fields.get(name, ())

    def as_typed(self, name: str, /) -> tuple[str, ...]:
        return self.fields.get(name, ())


def sent(**fields: str | tuple[str, ...]) -> Sent:
    """A form with these fields of facts; `__text` at the end of a name means the text beside the chips."""
    named = {f"fact.{name.replace('__', '.')}": value for name, value in fields.items()}
    return Sent({name: (value,) if isinstance(value, str) else value for name, value in named.items()})


def a_protocol(*facts: Fact) -> CareProtocol:
    return CareProtocol(
        procedure="laser",
        title="Laser",
        facts={fact.id: fact for fact in facts},
        bands=(),
        windows=(),
        modifiers=(),
        reminders=(),
    )


def chips(protocol: CareProtocol, form: Sent) -> dict[str, list[str]]:
    """Of each fact, the words of its chips, with a tick before those that are chosen."""
    return {
        field.label: [f"{'✓ ' if option.chosen else ''}{option.words}" for option in field.options]
        for field in fact_fields(protocol, form)
    }


def test_a_protocols_facts_are_chips_in_its_order() -> None:
    assert chips(NEEDLING, Sent()) == {
        "Longest needle": ["0.25 mm", "0.5 mm", "1.0 mm", "1.5 mm", "Other", "Not known"],
        "Device": ["Roller", "Pen", "RF"],
        "Areas": ["Face", "Eyelids", "Lips", "Neck", "Chest", "Scalp", "Body"],
        "Put on the skin": ["PRP", "Tranexamic acid", "Vitamin C"],
        "Weeping when the session ended": ["Yes", "✓ No"],
    }
    assert list(chips(PEEL, Sent())) == [fact.label for fact in PEEL.facts.values()]


def test_what_was_filled_in_is_shown_again() -> None:
    form = sent(needle_mm=OTHER, needle_mm__text="0,7", modality="rf", areas=("face", "neck"), weeping="yes")

    shown = chips(NEEDLING, form)

    assert [chip for chosen in shown.values() for chip in chosen if chip.startswith("✓")] == [
        "✓ Other",
        "✓ RF",
        "✓ Face",
        "✓ Neck",
        "✓ Yes",
    ]
    assert fact_fields(NEEDLING, form)[0].text == "0,7"


def test_filled_in_fields_are_the_facts_that_registering_takes() -> None:
    form = sent(needle_mm="0.5", modality="pen", areas=("face", "neck"), weeping="no")

    facts, problems = read_fact_fields(NEEDLING, form)

    assert (facts, problems) == (
        {"needle_mm": 0.5, "modality": "pen", "areas": ["face", "neck"], "weeping": False},
        (),
    )
    assert read_facts(NEEDLING, facts)["needle_mm"] == 0.5


@pytest.mark.parametrize("typed", ["0.7", "0,7", ".7", "0.7 mm", "0.7mm", " 0.7 ", "\uff10.\uff17"])
def test_another_number_is_read_as_people_type_it(typed: str) -> None:
    facts, problems = read_fact_fields(NEEDLING, sent(needle_mm=OTHER, needle_mm__text=typed, modality="pen"))

    assert (facts["needle_mm"], problems) == (0.7, ())


def test_a_number_that_is_typed_without_its_chip_counts_and_a_chip_goes_before_what_is_left_typed() -> None:
    assert read_fact_fields(NEEDLING, sent(needle_mm__text="0.7", modality="pen"))[0]["needle_mm"] == 0.7
    both = sent(needle_mm="0.5", needle_mm__text="0.7", modality="pen")
    assert read_fact_fields(NEEDLING, both)[0]["needle_mm"] == 0.5


def test_a_number_that_nobody_knows_is_left_out_only_where_somebody_says_so() -> None:
    assert read_fact_fields(NEEDLING, sent(needle_mm=UNKNOWN, modality="pen")) == ({"modality": "pen"}, ())


WRONG: Mapping[str, tuple[Sent, Mapping[str, str]]] = {
    "nothing": (
        Sent(),
        {"fact.needle_mm": "Select the longest needle", "fact.modality": "Select the device"},
    ),
    "other without a number": (
        sent(needle_mm=OTHER, modality="pen"),
        {"fact.needle_mm.text": "Enter the longest needle in mm as a number, like 0.25"},
    ),
    "too long": (
        sent(needle_mm=OTHER, needle_mm__text="3.6", modality="pen"),
        {"fact.needle_mm.text": "Enter the longest needle from 0.1 mm to 3.5 mm"},
    ),
    "forged chips": (
        sent(needle_mm="0.6", modality="laser", areas=("face", "<script>"), weeping="maybe"),
        {
            "fact.needle_mm": "Select the longest needle",
            "fact.modality": "Select the device",
            "fact.areas": "Select the areas",
            "fact.weeping": "Select yes or no: weeping when the session ended",
        },
    ),
    "two of one": (sent(needle_mm="0.5", modality=("pen", "rf")), {"fact.modality": "Select the device"}),
    "unknown where it must be known": (
        sent(needle_mm="0.5", modality=UNKNOWN),
        {"fact.modality": "Select the device"},
    ),
}


@pytest.mark.parametrize(("form", "problems"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_at_its_field(form: Sent, problems: Mapping[str, str]) -> None:
    assert {one.field: one.message for one in read_fact_fields(NEEDLING, form)[1]} == problems


@pytest.mark.parametrize(
    "typed", ["-1", "1e3", "nan", "inf", "1" * 40, "0x1", "<b>", "1 2", "\u0660.\u0665", "½", "\U0001f600"]
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    _, problems = read_fact_fields(NEEDLING, sent(needle_mm=OTHER, needle_mm__text=typed, modality="pen"))

    assert [problem.field for problem in problems] == ["fact.needle_mm.text"]


def test_the_facts_of_a_session_fill_the_form() -> None:
    facts: dict[str, Value] = {
        "needle_mm": 0.7,
        "modality": "pen",
        "areas": ("face", "tail"),
        "adjuncts": (),
        "gone": "x",
        "weeping": True,
    }

    filled = Sent(posted_facts(NEEDLING, facts))

    read, problems = read_fact_fields(NEEDLING, filled)
    assert (read, problems) == ({"needle_mm": 0.7, "modality": "pen", "areas": ["face"], "weeping": True}, ())
    assert Sent(posted_facts(NEEDLING, {})).all("fact.needle_mm") == (UNKNOWN,)


@pytest.mark.parametrize(
    ("fact", "form", "value", "problem"),
    [
        (
            Fact(id="x", type=FactType.LIST, label="Products", required=True),
            sent(x__text="zinc, , rose oil"),
            ["zinc", "rose oil"],
            None,
        ),
        (
            Fact(id="x", type=FactType.LIST, label="Products", required=True),
            Sent(),
            None,
            Problem("fact.x.text", "Enter the products"),
        ),
        (
            Fact(id="x", type=FactType.LIST, label="Areas", choices=("arm",), required=True),
            Sent(),
            None,
            Problem("fact.x", "Select the areas"),
        ),
        (Fact(id="x", type=FactType.LIST, label="Areas", choices=("arm",), if_missing=("arm",)), Sent(), None, None),
        (Fact(id="x", type=FactType.NUMBER, label="Passes", min=-5, max=5), sent(x__text="-2"), -2.0, None),
        (
            Fact(id="x", type=FactType.NUMBER, label="Passes", required=True),
            Sent(),
            None,
            Problem("fact.x.text", "Enter the passes"),
        ),
        (
            Fact(id="x", type=FactType.NUMBER, label="Passes", max=5, required=True),
            sent(x__text="6"),
            None,
            Problem("fact.x.text", "Enter the passes up to 5"),
        ),
        (Fact(id="x", type=FactType.NUMBER, label="Passes", if_missing=2.0), Sent(), None, None),
        (Fact(id="x", type=FactType.NUMBER, label="Passes"), sent(x=UNKNOWN, x__text="3"), 3.0, None),
        (
            Fact(id="x", type=FactType.YES_NO, label="Numbed"),
            Sent(),
            None,
            Problem("fact.x", "Select yes or no: numbed"),
        ),
        (Fact(id="x", type=FactType.YES_NO, label="Numbed"), sent(x="yes"), True, None),
        (Fact(id="x", type=FactType.YES_NO, label="Numbed"), sent(x=UNKNOWN), None, None),
    ],
)
def test_any_protocols_facts_can_be_asked_for(fact: Fact, form: Sent, value: object, problem: Problem | None) -> None:
    facts, problems = read_fact_fields(a_protocol(fact), form)

    assert (facts.get("x"), problems) == (value, (problem,) if problem else ())


def test_an_open_list_is_a_text_and_a_default_is_said_or_chosen() -> None:
    products, areas, passes = fact_fields(
        a_protocol(
            Fact(id="a", type=FactType.LIST, label="Products"),
            Fact(id="b", type=FactType.LIST, label="Areas", choices=("arm", "leg"), if_missing=("arm",)),
            Fact(id="c", type=FactType.NUMBER, label="Passes", choices=(1.0, 2.0), if_missing=3.0),
        ),
        Sent(),
    )

    assert (products.kind, products.text_name, products.hint) == (
        Kind.TEXT,
        "fact.a.text",
        "Separate several with commas",
    )
    assert (areas.kind, areas.hint) == (Kind.SEVERAL, "If none is given: arm")
    assert ([option.words for option in passes.options if option.chosen], passes.text) == (["Other"], "3")
