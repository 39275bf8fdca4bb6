"""Makes docs/texts.md: every text that sample patients get, in order, as they would read them."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.domain.clinics import zones
from scheduler.domain.delivery.parts import parts
from scheduler.domain.delivery.rendering import spoken_day
from scripts.sample_texts import CLINIC, ENDED, Sample, Text, Treatment, needling, peel, sample, texts_of

SAMPLES = (
    sample("Needling, 0.25 mm roller (D0)", needling(0.25, "roller")),
    sample("Needling, 0.5 mm pen (D1)", needling(0.5)),
    sample("Needling, 1.0 mm pen (D2)", needling(1.0)),
    sample("Needling, 1.5 mm pen (D3)", needling(1.5)),
    sample("Needling, 2.0 mm pen (D4)", needling(2.0)),
    sample("Radiofrequency needling, 1.0 mm", needling(1.0, "rf")),
    sample("Radiofrequency needling, 2.0 mm, weeping", needling(2.0, "rf", weeping=True)),
    sample("Needling, 0.5 mm pen, with PRP", needling(0.5, adjuncts=["prp"])),
    sample("Needling, 0.5 mm pen, darker skin", needling(0.5), flags=["fitzpatrick_4_6"]),
    sample("Needling, 0.5 mm pen, pregnant", needling(0.5), flags=["pregnant"]),
    sample("Needling, 1.0 mm pen, herpes and keloid", needling(1.0), flags=["herpes", "keloid"]),
    sample("Superficial peel", peel("superficial")),
    sample("Medium peel", peel("medium")),
    sample("Medium peel, darker skin", peel("medium"), flags=["fitzpatrick_4_6"]),
    sample("Needling, then a superficial peel on day 4", needling(0.5), peel("superficial", days=4)),
    sample("Needling, then a medium peel on day 4", needling(0.5), peel("medium", days=4)),
    sample(
        "Needling, then a medium peel on day 4, darker skin",
        *(needling(0.5), peel("medium", days=4)),
        flags=["fitzpatrick_4_6"],
    ),
    sample("Needling of the face, of the neck on day 7", needling(1.5), needling(1.5, days=7, areas=["neck"])),
    sample("Needling twice, six weeks apart", needling(1.0), needling(1.0, days=42)),
)
"""Whose texts the page shows."""
_HEAD = """\
# All texts

Generated from `config/` by `make docs`; edit the protocols and messages, not this page.

What patients read, in the order in which it comes, from the first text to the last. Each first session ended on
{ended} 2026 at 14:30, at {clinic} in London, with sending hours from 08:00 to 20:00, and every
patient agreed to texts. A session is planned when it ends, so earlier texts know nothing of it. The numbers behind the
dates are defaults that a named clinician signs.
"""


def pages() -> dict[str, str]:
    """The page by its path."""
    head = _HEAD.format(ended=spoken_day(zones.local(ENDED, CLINIC.zone).date()), clinic=CLINIC.name)
    return {"docs/texts.md": "\n".join((head, *(_section(one) for one in SAMPLES)))}


def _section(one: Sample) -> str:
    sessions = "\n".join(f"- {_told(treatment)}" for treatment in one.treatments)
    flags = f"\nFlags: {', '.join(one.flags)}.\n" if one.flags else ""
    rows = "\n".join(_rows(texts_of(one)))
    return f"## {one.title}\n\n{sessions}\n{flags}\n| when | rule | text | parts |\n| --- | --- | --- | --- |\n{rows}\n"


def _told(treatment: Treatment) -> str:
    session = treatment.session
    wall = zones.local(session.ended_at, CLINIC.zone)
    facts = ", ".join(f"{name} {_value(value)}" for name, value in treatment.facts.items())
    return f"{spoken_day(wall.date())} {wall:%H:%M}, {treatment.procedure}: {facts}"


def _value(value: object) -> str:
    if isinstance(value, list):
        return " and ".join(map(str, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _rows(texts: list[Text]) -> Iterator[str]:
    for text in texts:
        shown = ", ".join(member.identity.rule for member in text.members)
        body = text.message.body
        yield f"| {spoken_day(text.wall.date())} {text.wall:%H:%M} | {shown} | {body} | {parts(body).parts} |"
