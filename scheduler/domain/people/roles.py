"""The people of a clinic who act here: who they are, and in which role."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person of a clinic does."""

    FRONT_DESK = "front_desk"
    TREATMENT = "treatment"
    EDITOR = "editor"
    APPROVER = "approver"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of a clinic's staff; what they do stands under their name in the audit."""

    id: str
    name: str
    role: Role
