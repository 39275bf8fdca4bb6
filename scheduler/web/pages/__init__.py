"""Pages for people. What they say is made here; what they do is the services'."""

from fastapi import APIRouter

from scheduler.web.pages import (
    consent,
    correct,
    erasing,
    merging,
    outbox,
    own_account,
    patient,
    patient_acts,
    patient_overrides,
    patients,
    register,
    session,
    session_acts,
    sign_in,
    start,
    static_files,
    today,
    unsubscribe,
)

ROUTERS: tuple[APIRouter, ...] = (
    consent.router,
    correct.router,
    erasing.router,
    merging.router,
    outbox.router,
    own_account.router,
    patient.router,
    patient_acts.router,
    patient_overrides.router,
    patients.router,
    register.router,
    session.router,
    session_acts.router,
    sign_in.router,
    start.router,
    static_files.router,
    today.router,
    unsubscribe.router,
)
"""Every page; a new module of pages is added here and nowhere else."""
