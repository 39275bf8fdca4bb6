"""What each route of the API does, in the words of the table of roles; a route that isn't here answers nobody.

Whether a message is a safety text, and whether flags are set, is known only later: those routes ask again.
"""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.domain.people.roles import Act

ACTS: Mapping[str, Act] = {
    "register_session": Act.REGISTER,
    "preview_session": Act.READ,
    "get_session": Act.READ,
    "correct_session": Act.CORRECT,
    "void_session": Act.VOID,
    "list_reminders": Act.READ,
    "skip_reminder": Act.SKIP,
    "restore_reminder": Act.SKIP,
    "move_reminder": Act.MOVE,
    "send_reminder_now": Act.SEND_NOW,
    "cancel_reminder": Act.SKIP,
    "list_patients": Act.READ,
    "add_patient": Act.CONTACT,
    "get_patient": Act.READ,
    "change_patient": Act.CONTACT,
    "get_plan": Act.READ,
    "override_topic": Act.OVERRIDE,
    "withdraw_override": Act.OVERRIDE,
    "record_consent": Act.CONSENT,
    "opt_out": Act.CONSENT,
    "pause_patient": Act.PAUSE,
    "resume_patient": Act.PAUSE,
    "merge_patients": Act.MERGE,
    "split_patient": Act.MERGE,
    "list_todos": Act.READ,
    "do_todo": Act.TODO,
    "list_audit": Act.AUDIT,
}
"""By the name of the route's function, which is its operation in the document."""
