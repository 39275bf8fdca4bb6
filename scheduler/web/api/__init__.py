"""The routes under /api/v1, a module a resource with its bodies and answers beside it."""

from fastapi import APIRouter

from scheduler.web.api import audit, overrides, patient_acts, patients, reminders, sessions, todos
from scheduler.web.openapi import ALWAYS, problems

router = APIRouter(prefix="/api/v1", responses=problems(*ALWAYS))
router.include_router(sessions.router)
router.include_router(reminders.router)
router.include_router(patients.router)
router.include_router(overrides.router)
router.include_router(patient_acts.router)
router.include_router(todos.router)
router.include_router(audit.router)
