"""Who is in the demo's clinic: its staff and its patients. What happens to them is the story's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scheduler.domain.delivery.outcomes import Fault, Refused
from scheduler.domain.people.roles import Role
from scheduler.services.people import ConsentGiven, PersonGiven

PASSWORD = "lavender kettle stamp"  # noqa: S105  shown on the demo's page: nothing real is behind it
"""Of everybody in the demo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody of the staff, with what lets them in."""

    name: str
    role: Role
    pin: str

    @property
    def email(self) -> str:
        """What they sign in with."""
        return f"{self.name.split()[-2].lower()}@willow.example"


STAFF = (
    Colleague(name="Ella Reed", role=Role.FRONT_DESK, pin="482913"),
    Colleague(name="Tom Nair", role=Role.TREATMENT, pin="750264"),
    Colleague(name="Ruth Vale", role=Role.EDITOR, pin="316895"),
    Colleague(name="Dr Ngozi Osei", role=Role.APPROVER, pin="904157"),
    Colleague(name="Priya Shah", role=Role.MANAGER, pin="628041"),
)

# Numbers and addresses that belong to nobody: Ofcom keeps them for drama, RFC 2606 for examples.
REFUSED_NUMBER = "+447700900108"
REFUSED: Mapping[str, Refused] = MappingProxyType(
    {REFUSED_NUMBER: Refused(Fault.PERMANENT, "30005", "The number is not in use.")}
)
"""What the demo's network says to texts that it doesn't take."""


def _texted(name: str, phone: str) -> PersonGiven:
    return PersonGiven(name=name, phone=phone, consent=ConsentGiven(sms=True))


AMIRA = _texted("Amira Khan", "+447700900102")
"""Who comes again while somebody tries the demo."""
ADA = _texted("Ada Byrne", "+447700900101")
BEA = PersonGiven(
    name="Bea Okafor",
    phone="+441632960103",
    email="bea@example.com",
    flags=("fitzpatrick_4_6",),
    consent=ConsentGiven(sms=True, email=True),
)
CLEO = _texted("Cleo Marsh", "+447700900104")
DANA = _texted("Dana Reyes", "+447700900105")
GRACE = _texted("Grace Oduya", "+447700900106")
HANA = PersonGiven(name="Hana Sato", email="hana@example.com", consent=ConsentGiven(email=True))
INES = PersonGiven(name="Ines Moreau")
JOY = _texted("Joy Adeyemi", "+447700900107")
KIT = _texted("Kit Larsen", REFUSED_NUMBER)
LEO = _texted("Leo Price", "+447700900109")
MIA = _texted("Mia Price", "+447700900109")
NORA = _texted("Nora Walsh", "+447700900110")
