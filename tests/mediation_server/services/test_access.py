from dataclasses import replace

import pytest

from mediation_server.domain.access import Purpose
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.matter import MatterState
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.errors import BadInput, Conflict, Gone, NotFound, Refused
from mediation_server.services.demo_cast import MEDIATOR_4
from mediation_server.services.demo_data import MATTER_1, MATTER_4, SESSION_1, SESSION_4
from mediation_server.services.recording_wall import check_viewing, open_viewing, recording_item, recordings_for
from mediation_server.services.recordings import recording_sealed, recording_started
from mediation_server.store import matters, viewings

VOLUNTARY = "核对调解是否自愿"


@pytest.fixture
async def sealed(demo):
    """A sealed recording of matter 4 and one of matter 1."""
    made = []
    for session_id in (SESSION_4, SESSION_1):
        recording = Recording(
            new_id(), session_id, RecordingState.RECORDING, demo.ctx.clock.now(), 90_000, 60_000, "ab" * 32
        )
        await recording_started(demo.ctx, recording)
        await recording_sealed(demo.ctx, recording, [])
        made.append(recording.id)
    return made


async def put_matter(demo, matter_id, **changes):
    async with demo.ctx.db.transaction() as tx:
        await matters.save(tx, replace(await matters.matter(tx, matter_id), **changes))


async def test_trial_judge_denied_recording_confirming_judge_allowed_both_logged(demo, sealed):
    await put_matter(demo, MATTER_1, state=MatterState.CONCLUDED)
    viewing = await open_viewing(demo.ctx, demo.judge, sealed[0], Purpose.CONFIRMATION, f" {VOLUNTARY} ")
    with pytest.raises(Refused) as refusal:
        await open_viewing(demo.ctx, demo.trial_judge, sealed[1], Purpose.TRIAL, "了解案情")
    assert refusal.value.code == "trial_judge"
    granted, denied = await demo.audited(AuditAction.VIEWING_OPENED)
    assert (granted.actor, granted.object, granted.allowed, granted.purpose, granted.basis) == (
        demo.judge.id,
        f"recording:{sealed[0]}",
        True,
        "confirmation",
        "confirmation",
    )
    assert granted.details == {"reason": VOLUNTARY, "viewing": viewing.id, "watermark": viewing.watermark}
    assert (denied.actor, denied.object, denied.allowed, denied.purpose, denied.basis) == (
        demo.trial_judge.id,
        f"recording:{sealed[1]}",
        False,
        "trial",
        "trial_judge",
    )
    assert denied.details == {"reason": "了解案情"}
    async with demo.ctx.db.reading() as tx:
        assert await viewings.viewings_of(tx, sealed[0]) == [viewing]
        assert await viewings.viewings_of(tx, sealed[1]) == []


async def test_the_watermark_names_the_viewer_and_the_moment(demo, sealed):
    viewing = await open_viewing(demo.ctx, demo.judge, sealed[0], Purpose.CONFIRMATION, VOLUNTARY)
    assert viewing.watermark == f"方静 2026-11-23 14:00 {viewing.id[-6:].upper()}"


@pytest.mark.parametrize(
    ("who", "purpose", "basis"),
    [
        ("trial_judge", Purpose.CONFIRMATION, "not_assigned"),
        ("judge", Purpose.TRIAL, "purpose_not_yours"),
        ("judge", Purpose.OWN_SESSION, "purpose_not_yours"),
        ("other_mediator", Purpose.OWN_SESSION, "no_right"),
        ("mediator", Purpose.CONFIRMATION, "no_right"),
    ],
)
async def test_every_refusal_is_logged_with_its_rule(demo, sealed, who, purpose, basis):
    with pytest.raises(Refused) as refusal:
        await open_viewing(demo.ctx, getattr(demo, who), sealed[0], purpose, VOLUNTARY)
    assert refusal.value.code == basis
    (entry,) = await demo.audited(AuditAction.VIEWING_OPENED)
    assert (entry.actor, entry.allowed, entry.basis) == (getattr(demo, who).id, False, basis)


async def test_the_purpose_is_stated_in_words(demo, sealed):
    for reason, code in (("  ", "reason_required"), ("x" * 501, "reason_too_long")):
        with pytest.raises(BadInput) as refusal:
            await open_viewing(demo.ctx, demo.judge, sealed[0], Purpose.CONFIRMATION, reason)
        assert (refusal.value.code, refusal.value.field) == (code, "reason")
    assert await demo.audited(AuditAction.VIEWING_OPENED) == []


async def test_what_is_not_sealed_is_not_shown_and_that_is_logged(demo):
    recording = Recording(new_id(), SESSION_4, RecordingState.RECORDING, demo.ctx.clock.now())
    await recording_started(demo.ctx, recording)
    with pytest.raises(Conflict) as refusal:
        await open_viewing(demo.ctx, demo.judge, recording.id, Purpose.CONFIRMATION, VOLUNTARY)
    assert refusal.value.code == "recording_not_sealed"
    (entry,) = await demo.audited(AuditAction.VIEWING_OPENED)
    assert (entry.allowed, entry.basis) == (False, "recording_not_sealed")


async def test_there_is_no_recording_under_a_strange_id(demo):
    for recording_id in (new_id(), "../../x", ""):
        with pytest.raises(NotFound):
            await open_viewing(demo.ctx, demo.judge, recording_id, Purpose.CONFIRMATION, VOLUNTARY)
        with pytest.raises(NotFound):
            await recording_item(demo.ctx, demo.judge, recording_id)


async def test_a_viewing_is_its_viewers_and_lasts_two_hours(demo, sealed):
    viewing = await open_viewing(demo.ctx, demo.judge, sealed[0], Purpose.CONFIRMATION, VOLUNTARY)
    assert await check_viewing(demo.ctx, demo.judge, viewing.id) == viewing
    for user, viewing_id in ((demo.trial_judge, viewing.id), (demo.judge, new_id()), (demo.judge, "x")):
        with pytest.raises(NotFound):
            await check_viewing(demo.ctx, user, viewing_id)
    demo.ctx.clock.advance(hours=2, seconds=-1)
    assert await check_viewing(demo.ctx, demo.judge, viewing.id)
    demo.ctx.clock.advance(seconds=1)
    with pytest.raises(Gone, match="viewing_expired"):
        await check_viewing(demo.ctx, demo.judge, viewing.id)


@pytest.mark.parametrize(
    ("change", "basis"),
    [
        ({"state": MatterState.CONFIRMED}, "not_in_review"),
        ({"judge_capacity": "trial"}, "trial_judge"),
        ({"judge_id": None}, "not_assigned"),
    ],
)
async def test_a_right_that_is_gone_ends_the_viewing_at_the_next_range_and_is_logged_once(demo, sealed, change, basis):
    viewing = await open_viewing(demo.ctx, demo.judge, sealed[0], Purpose.CONFIRMATION, VOLUNTARY)
    await put_matter(demo, MATTER_4, **change)
    for _ in range(4):  # whoever asks again, as the page does for the reason, is told the same
        with pytest.raises(Refused) as refusal:
            await check_viewing(demo.ctx, demo.judge, viewing.id)
        assert refusal.value.code == basis
    (entry,) = await demo.audited(AuditAction.VIEWING_CONTINUED)
    assert (entry.actor, entry.allowed, entry.basis) == (demo.judge.id, False, basis)


async def test_asking_for_a_range_writes_nothing_while_the_right_stands(demo, sealed):
    viewing = await open_viewing(demo.ctx, demo.judge, sealed[0], Purpose.CONFIRMATION, VOLUNTARY)
    before = await demo.everything()
    for _ in range(20):
        await check_viewing(demo.ctx, demo.judge, viewing.id)
    assert await demo.everything() == before


async def test_everybody_sees_the_recordings_of_their_matters_and_what_they_may_do_with_them(demo, sealed):
    async def listed(user):
        return [(each.recording.id, each.purposes) for each in await recordings_for(demo.ctx, user)]

    assert await listed(demo.judge) == [(sealed[0], (Purpose.CONFIRMATION,))]
    assert await listed(demo.trial_judge) == [(sealed[1], ())]
    assert await listed(demo.mediator) == [(sealed[1], (Purpose.OWN_SESSION,))]
    assert await listed(MEDIATOR_4) == [(sealed[0], ())]
    assert await listed(demo.other_mediator) == []
    item = await recording_item(demo.ctx, demo.judge, sealed[0])
    assert (item.matter.id, item.session.id, item.purposes) == (MATTER_4, SESSION_4, (Purpose.CONFIRMATION,))
    with pytest.raises(NotFound):
        await recording_item(demo.ctx, demo.other_mediator, sealed[0])
