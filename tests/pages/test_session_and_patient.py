"""The pages of a session and of a patient in a browser: what must be tried with one, after ux.md's checks 6 to 9."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.roles import Role
from scheduler.services import activity
from scheduler.storage.outbox import Record, Wanted
from tests.builders import drain_at, stored
from tests.pages.willow import Willow
from tests.pages.windows import Enter

SECOND = timedelta(seconds=1)
CHECK = "Check your skin today"
DANGER = "When to call, and whom"


def address(willow: Willow, name: str = "Leah") -> str:
    return f"/sessions/{willow.seeds.sessions[name]}"


def reminders(willow: Willow) -> dict[str, Record]:
    """Of Leah's session of this morning, by rule."""
    wanted = Wanted(session_id=willow.seeds.sessions["Leah"])
    return {record.rule: record for record in stored(willow.database, willow.seeds.clinic, wanted)}


def due(willow: Willow) -> dict[str, tuple[datetime, Status, str | None]]:
    return {rule: (one.due_at, one.status, one.bundled_into) for rule, one in reminders(willow).items()}


def sentences(willow: Willow) -> list[str]:
    with willow.database.read(willow.seeds.clinic.id) as db:
        return [one.sentence for one in activity.happenings(db, willow.seeds.patients["Leah"])]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_check_6_every_message_says_why(unchanged_willow: Willow, enter: Enter, *, script: bool) -> None:
    page = enter(unchanged_willow, script=script)
    page.goto(address(unchanged_willow))

    items = page.locator("ol.tl > li").all()
    for item in items:
        whys = item.locator("details", has_text=re.compile("Why (was this|is this)")).all()
        assert whys, item.inner_text()
        for why in whys:
            why.locator("summary").click()
            said = why.locator(".why").inner_text()
            assert re.search(r"rule [a-z-]+", said)
            assert "version 1" in said
            assert "Leah agreed to texts on" in said or "Recorded:" in said

    assert len(items) > 5
    rest = page.locator("details", has_text="rules did not apply")
    rest.locator("summary").click()
    for left in rest.get_by_role("listitem").all():
        rule, _, because = left.inner_text().partition(": ")
        assert rule
        assert len(because) > 5


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_check_7_undo_restores_a_skip_a_move_and_a_pause(willow: Willow, enter: Enter, *, script: bool) -> None:
    page = enter(willow, Role.FRONT_DESK, script=script)
    page.goto(address(willow))
    before = due(willow)
    item = page.locator("ol.tl > li").filter(has=page.get_by_role("heading", name=CHECK))

    item.locator("summary", has_text="Skip").click()
    item.get_by_role("button", name="Told in person").click()
    expect(page.get_by_role("status").filter(has_text=f"Skipped: {CHECK}.")).to_be_visible()
    assert due(willow)["check"][1] is Status.SKIPPED
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="Restored")).to_be_visible()
    assert due(willow) == before

    item.get_by_role("button", name="Tomorrow, 10am").click()
    expect(page.get_by_role("status").filter(has_text="Moved to Thursday 5 March at 10am")).to_be_visible()
    assert due(willow)["check"][0] != before["check"][0]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="Put back as it was")).to_be_visible()
    assert due(willow) == before

    page.get_by_role("button", name="Pause all texts").click()
    expect(page.get_by_role("status").filter(has_text="Paused")).to_be_visible()
    assert due(willow)["check"][1] is Status.HELD
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="Resumed")).to_be_visible()
    assert due(willow) == before

    said = " ".join(sentences(willow))
    title = "Check your skin today"
    for words in (f"Skipped: {title}, Told in person", f"Restored: {title}", f"Moved: {title}", f"Put back: {title}"):
        assert words in said, said
    assert "Paused for other." in said
    assert "Resumed after other." in said


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_check_8_send_now_can_be_stopped(willow: Willow, enter: Enter, *, script: bool) -> None:
    page = enter(willow, Role.FRONT_DESK, script=script)
    page.goto(address(willow))
    before = due(willow)
    item = page.locator("ol.tl > li").filter(has=page.get_by_role("heading", name=DANGER))

    item.get_by_role("button", name="Send now").click()
    expect(page.get_by_text("Sending in 10 seconds.")).to_be_visible()
    willow.clock.now += 4 * SECOND
    if script:
        expect(page.get_by_text("Sending in 6 seconds.")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status").filter(has_text="Put back as it was")).to_be_visible()
    drain_at(willow.database, willow.sender, willow.clock.now + 20 * SECOND)
    assert willow.sender.sent == []
    assert due(willow) == before

    item.get_by_role("button", name="Send now").click()
    expect(page.get_by_text("Sending in 10 seconds.")).to_be_visible()
    willow.clock.now += 10 * SECOND
    drain_at(willow.database, willow.sender, willow.clock.now)
    drain_at(willow.database, willow.sender, willow.clock.now + 5 * SECOND)
    assert [posting.reminder_ids for posting in willow.sender.sent] == [(reminders(willow)["danger"].id,)]
    if script:
        expect(page.get_by_text("It was sent.")).to_be_visible()


def test_check_9_a_safety_text_resists_the_front_desk(willow: Willow, enter: Enter) -> None:
    page = enter(willow, Role.FRONT_DESK)
    page.goto(address(willow))
    item = page.locator("ol.tl > li").filter(has=page.get_by_role("heading", name=DANGER))

    expect(item.get_by_text("The front desk can't skip a safety text.")).to_be_visible()
    assert item.locator("summary", has_text="Skip").count() == 0
    refused = page.evaluate(
        """async ([address, csrf]) => {
            const body = new URLSearchParams({_csrf: csrf, reason: "Not needed"});
            const answer = await fetch(address, {method: "POST", body});
            return [answer.status, await answer.text()];
        }""",
        [
            f"{address(willow)}/messages/{reminders(willow)['danger'].id}/skip",
            page.locator('input[name="_csrf"]').first.get_attribute("value"),
        ],
    )
    assert refused[0] == 403
    assert "Ask somebody who treats, or an approver." in refused[1]

    page.goto(f"/patients/{willow.seeds.patients['Leah']}/consent?channel=sms")
    page.get_by_label("Stop them").check()
    page.get_by_label("In their words").fill("Said stop on the phone")
    page.get_by_role("button", name="Note it").click()
    page.goto("/today")

    expect(page.get_by_text("Tell the patient the warning signs").first).to_be_visible()


def test_a_correction_shows_before_and_after_and_then_saves(willow: Willow, enter: Enter) -> None:
    page = enter(willow)
    page.goto(f"{address(willow)}/correct")

    page.get_by_label("1.5 mm").check()
    page.get_by_role("button", name="Show what changes").click()

    expect(page.get_by_role("heading", name="What saving changes")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Save: changes")).click()
    expect(page.get_by_text("Longest needle: 1.5 mm.")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 820])
def test_nothing_of_a_session_or_patient_is_wider_than_the_screen(
    unchanged_willow: Willow, enter: Enter, width: int
) -> None:
    page = enter(unchanged_willow, Role.APPROVER, size=(width, 900))
    patient = f"/patients/{unchanged_willow.seeds.patients['Leah']}"
    session = address(unchanged_willow)
    check = f"{session}/messages/{reminders(unchanged_willow)['check'].id}"
    inner = ("/consent", "/details", "/flags", "/override", "/merge", "/split", "/activity")

    for path in (session, f"{session}/correct", f"{session}/void", f"{session}/print", f"{check}/move", patient):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    for path in inner:
        page.goto(patient + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
