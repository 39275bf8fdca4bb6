from __future__ import annotations

from scheduler.domain.errors import Invalid, NotFound, Problem, SchedulerError


def test_an_error_names_every_problem_with_its_field() -> None:
    error = Invalid(Problem("patient.phone", "this is no number"), Problem("", "give one of both"))

    assert str(error) == "patient.phone: this is no number; give one of both"
    assert isinstance(error, SchedulerError)


def test_an_error_about_one_field_is_short_to_write() -> None:
    assert Invalid.of("ended_at", "is missing").problems == (Problem("ended_at", "is missing"),)


def test_what_is_not_found_is_named() -> None:
    error = NotFound("session", "s-1")

    assert str(error) == "There is no session s-1 in this clinic."
    assert (error.thing, error.key) == ("session", "s-1")
