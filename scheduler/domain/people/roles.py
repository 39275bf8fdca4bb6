"""The people of a clinic who act here: who they are, in which role, and the one table of what each role may do."""

from __future__ import annotations

from collections.abc import Mapping
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


class Act(StrEnum):
    """Something that a person does here."""

    READ = "read"
    REGISTER = "register"
    CORRECT = "correct"
    VOID = "void"
    SKIP = "skip"
    """Also restoring what was skipped."""
    SKIP_SAFETY = "skip_safety"
    """A text that says when to call: it can't be lost quietly."""
    MOVE = "move"
    SEND_NOW = "send_now"
    PAUSE = "pause"
    CONSENT = "consent"
    CONTACT = "contact"
    """A patient's name, birth date, language, numbers and addresses."""
    FLAG = "flag"
    OVERRIDE = "override"
    MERGE = "merge"
    """Also splitting again."""
    TODO = "todo"
    EXPORT = "export"
    EDIT = "edit"
    APPROVE = "approve"
    PUBLISH = "publish"
    STAFF = "staff"
    SETTINGS = "settings"
    ERASE = "erase"
    AUDIT = "audit"


# Everybody: in a small clinic whoever is free stands at the desk, and each of these can be taken back.
_DESK = frozenset(
    {
        Act.READ,
        Act.REGISTER,
        Act.SKIP,
        Act.MOVE,
        Act.SEND_NOW,
        Act.PAUSE,
        Act.CONSENT,
        Act.CONTACT,
        Act.TODO,
    }
)
# Who knows what was done and who the patient is: these change which advice somebody gets, or lose a warning.
_CLINICAL = frozenset({Act.CORRECT, Act.VOID, Act.SKIP_SAFETY, Act.FLAG, Act.OVERRIDE, Act.MERGE})

MAY: Mapping[Role, frozenset[Act]] = {
    Role.FRONT_DESK: _DESK,
    Role.TREATMENT: _DESK | _CLINICAL,
    # Writes the rules and words, but lets nothing out to patients: a second person approves.
    Role.EDITOR: _DESK | {Act.EDIT},
    # Answers for the clinic's rules, so also for what is done against them. May write them too, as a clinic may have
    # nobody else; that nobody approves what they wrote themselves is asked where it is approved.
    Role.APPROVER: _DESK | _CLINICAL | {Act.EDIT, Act.APPROVE, Act.PUBLISH, Act.AUDIT},
    # Runs the place: data that leave it or go for good are theirs to answer for; what a patient is advised is not.
    Role.MANAGER: _DESK | {Act.EXPORT, Act.STAFF, Act.SETTINGS, Act.ERASE, Act.AUDIT},
}
"""Who may do what: the API and the pages both ask here."""

_WHO: Mapping[Role, str] = {
    Role.FRONT_DESK: "the front desk",
    Role.TREATMENT: "somebody who treats",
    Role.EDITOR: "an editor",
    Role.APPROVER: "an approver",
    Role.MANAGER: "a manager",
}
_SAID: Mapping[Act, str] = {
    Act.READ: "look at patients",
    Act.REGISTER: "register a session",
    Act.CORRECT: "correct a session",
    Act.VOID: "void a session",
    Act.SKIP: "skip a message",
    Act.SKIP_SAFETY: "skip a safety text",
    Act.MOVE: "move a message",
    Act.SEND_NOW: "send a message now",
    Act.PAUSE: "pause a patient's messages",
    Act.CONSENT: "note what a patient agrees to",
    Act.CONTACT: "change a patient's details",
    Act.FLAG: "change a patient's flags",
    Act.OVERRIDE: "let advice end earlier than the rules say",
    Act.MERGE: "merge or split patients",
    Act.TODO: "close a to-do",
    Act.EXPORT: "take lists out as a file",
    Act.EDIT: "edit rules and words",
    Act.APPROVE: "approve a change",
    Act.PUBLISH: "publish a change",
    Act.STAFF: "change the clinic's staff",
    Act.SETTINGS: "change the clinic's settings",
    Act.ERASE: "erase a patient",
    Act.AUDIT: "read the audit",
}


def may(role: Role, act: Act) -> bool:
    """Whether somebody in this role may do this."""
    return act in MAY[role]


def refusal(role: Role, act: Act) -> str:
    """Why not, and whom to ask, for somebody who may not do this."""
    able = [who for asked, who in _WHO.items() if may(asked, act)]
    named = able[0] if len(able) == 1 else f"{', '.join(able[:-1])}, or {able[-1]}"
    return f"{_WHO[role][0].upper()}{_WHO[role][1:]} can't {_SAID[act]}. Ask {named}."
