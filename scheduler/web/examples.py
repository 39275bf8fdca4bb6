"""Examples of bodies and answers for the OpenAPI document, by the name of their schema; tests hold them true."""

from __future__ import annotations

from typing import Any

from scheduler.web.patient_examples import patient_examples

Json = dict[str, Any]

_SESSION_ID = "5d1f1f0e-8a43-4b0e-9c1e-2a9e3f6f7b11"
_PATIENT_ID = "9b2c6a1e-3f64-4a8a-8d5c-7f1f0a2b4c33"
_REMINDER_ID = "0c8d7e5f-1a2b-4c3d-9e4f-5a6b7c8d9e0f"

_REGISTERED: Json = {
    "patient": {
        "name": "Amira Khan",
        "phone": "+447911123456",
        "language": "en",
        "consent": {"sms": True, "source": "desk"},
    },
    "procedure": "microneedling",
    "ended_at": "2026-03-03T14:30:00+00:00",
    "facts": {"needle_mm": 0.5, "modality": "pen", "areas": ["face"]},
}
_WINDOW: Json = {
    "topic": "retinoid_otc",
    "advice": "avoid",
    "from": "2026-03-03T14:30:00Z",
    "until": "2026-03-09T00:00:00Z",
    "until_local": "2026-03-08",
    "because": "Microneedling of Tuesday 3 March, version 1, band D1: 5d from the end of the session. The barrier is "
    "open; more gets in, and irritation can leave marks.",
}
_REMINDER: Json = {
    "rule": "no-actives",
    "kind": "instruct",
    "channel": "sms",
    "status": "scheduled",
    "due_at": "2026-03-04T10:00:00Z",
    "due_local": "2026-03-04T10:00:00",
    "useful_until": "2026-03-11T00:00:00Z",
    "bundled_into": None,
    "because": "Microneedling, version 1, band D1: rule no-actives, day 1 at 10:00.",
}
_COURSE: Json = {
    "procedure": "microneedling",
    "protocol_version": 1,
    "band": "D1",
    "notices": [],
    "windows": [_WINDOW],
    "reminders": [_REMINDER],
    "not_planned": [{"rule": "rf-check", "reason": "condition", "because": "device is pen, not rf"}],
}
_SESSION: Json = {
    "id": _SESSION_ID,
    "patient_id": _PATIENT_ID,
    **_COURSE,
    "reminders": [{"id": _REMINDER_ID, **_REMINDER}],
}
_LISTED: Json = {
    "id": _REMINDER_ID,
    "session_id": _SESSION_ID,
    "patient_id": _PATIENT_ID,
    **_REMINDER,
    "reason": None,
    "sent_at": None,
}

_TODO: Json = {
    "id": "7e4d3c2b-1a09-4f8e-9d7c-6b5a49382716",
    "kind": "voided",
    "sentence": "Microneedling of Tuesday 3 March was voided when 2 of its messages had gone out or were on their way: "
    "tell the patient what holds now.",
    "patient_id": _PATIENT_ID,
    "session_id": _SESSION_ID,
    "reminder_id": None,
    "topic": None,
    "created_at": "2026-03-03T16:10:00Z",
    "done_at": None,
    "done_by": None,
    "note": None,
}

_ENTRY: Json = {
    "id": "b7a6c5d4-e3f2-4a1b-9c0d-1e2f3a4b5c6d",
    "at": "2026-03-03T14:36:10Z",
    "actor": "Ada Osei",
    "action": "session.void",
    "subject": f"session {_SESSION_ID}",
    "sentence": "Voided the session.",
    "sequence": 214,
}

EXAMPLES: dict[str, Json] = {
    "SessionBody": _REGISTERED,
    "PreviewBody": {**_REGISTERED, "now": "2026-03-03T14:40:00Z"},
    "SessionPatch": {"facts": {"needle_mm": 1.0}},
    "SessionAnswer": _SESSION,
    "SessionDetail": {
        **_SESSION,
        "ended_at": "2026-03-03T14:30:00Z",
        "facts": {"needle_mm": 0.5, "modality": "pen", "areas": ["face"], "adjuncts": [], "weeping": False},
        "voided": False,
    },
    "PreviewAnswer": _COURSE,
    "ReasonBody": {"reason": "The patient was called instead."},
    "MoveBody": {"to": "2026-03-04T16:00:00+00:00"},
    "RestoreBody": {},
    "SendNowBody": {},
    "ReminderAnswer": _LISTED,
    "ReminderList": {"items": [_LISTED], "next": None},
    "DoneBody": {"note": "Called her; she knows."},
    "TodoAnswer": {
        **_TODO,
        "done_at": "2026-03-03T16:30:00Z",
        "done_by": "Ada Osei",
        "note": "Called her; she knows.",
    },
    "TodoList": {"items": [_TODO], "next": None},
    "AuditEntry": _ENTRY,
    "AuditList": {"items": [_ENTRY], "next": None},
    **patient_examples(
        patient_id=_PATIENT_ID,
        session_id=_SESSION_ID,
        registered=_REGISTERED["patient"],
        window=_WINDOW,
        listed=_LISTED,
        not_planned=_COURSE["not_planned"],
    ),
}
