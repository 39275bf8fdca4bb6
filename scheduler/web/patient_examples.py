"""Examples of bodies and answers about patients for the OpenAPI document, by the name of their schema."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

OTHER_PATIENT_ID = "2f7a9d10-64c5-4b8e-a3f2-0d9c8b7a6e55"
_END = {"topic": "retinoid_otc", "until_local": "2026-03-06"}
_HEALED = "Seen today; the skin has closed."
_CONTACT_ID = "c1a2b3d4-0f1e-4d2c-8b3a-495867768594"


_BODIES: dict[str, Json] = {
    "PatientPatch": {"flags": ["melasma"], "add_contact": {"email": "amira@willow-skin.co.uk"}},
    "MergeBody": {"into": OTHER_PATIENT_ID},
    "SplitBody": {"name": "Bilal Khan", "phone": "+447911123457"},
    "GivenConsentBody": {"channel": "email", "purpose": "care", "given": True, "source": "desk"},
    "OptOutBody": {"channel": "sms", "purpose": "marketing", "evidence": "Said so on the phone."},
    "PauseBody": {"reason": "hospital", "note": "Her sister called."},
    "ResumeBody": {"reason": "She is at home again."},
}


def patient_examples(
    *, patient_id: str, session_id: str, registered: Json, window: Json, listed: Json, not_planned: list[Json]
) -> dict[str, Json]:
    """Those of one patient and their session."""
    return {
        **_BODIES,
        "PatientBody": registered,
        "OverrideBody": {"session_id": session_id, **_END, "reason": _HEALED},
        "OverrideAnswer": {
            "id": "5a6b7c8d-9e0f-4a1b-8c2d-3e4f5a6b7c8d",
            "session_id": session_id,
            "topic": "retinoid_otc",
            "until": "2026-03-07T00:00:00Z",
            "until_local": "2026-03-06",
            "by": "Ada Osei",
            "reason": _HEALED,
            "at": "2026-03-03T14:40:00Z",
        },
        "SplitBody": {"sessions": [session_id], **_BODIES["SplitBody"]},
        "PatientAnswer": _patient(patient_id),
        "PatientList": {"items": [_found(patient_id)], "next": None},
        "PatientPlanAnswer": {
            "patient_id": patient_id,
            "sessions": [_share(session_id, not_planned)],
            "windows": [window],
            "overrides": [],
            "reminders": [listed],
        },
    }


def _patient(patient_id: str) -> Json:
    return {
        "id": patient_id,
        "name": "Amira Khan",
        "birth_date": None,
        "language": "en",
        "zone": None,
        "flags": [],
        "private": False,
        "contact_points": [
            {"id": _CONTACT_ID, "channel": "sms", "line": "mobile", "value": "+447911123456", "shared_with": []}
        ],
        "consents": [
            {
                "channel": "sms",
                "purpose": "care",
                "word": "given",
                "source": "desk",
                "wording": None,
                "evidence": None,
                "recorded_by": "token tablet",
                "at": "2026-03-03T14:35:00Z",
            }
        ],
        "paused": None,
        "merged_into": None,
        "erased": False,
    }


def _found(patient_id: str) -> Json:
    return {
        "id": patient_id,
        "name": "Amira Khan",
        "birth_date": None,
        "numbers_end_in": ["3456"],
        "shares_contact": False,
        "paused": False,
    }


def _share(session_id: str, not_planned: list[Json]) -> Json:
    return {
        "id": session_id,
        "procedure": "microneedling",
        "protocol_version": 1,
        "band": "D1",
        "ended_at": "2026-03-03T14:30:00Z",
        "voided": False,
        "not_planned": not_planned,
    }
