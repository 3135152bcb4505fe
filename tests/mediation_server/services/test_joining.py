import asyncio

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.consent_texts import TEXT_VERSIONS as VERSIONS
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.people import Side
from mediation_server.domain.session import SessionState
from mediation_server.domain.tokens import new_token
from mediation_server.errors import BadInput, Gone, NotFound, NotSignedIn, TooMany
from mediation_server.services.demo_data import MATTER_1, SESSION_1, SESSION_1_MORNING
from mediation_server.services.inviting import revoke
from mediation_server.services.joining import invitation_letter, seat_of, staff_seat
from mediation_server.store import consents, sessions

ONLINE, RECORDING = ConsentItem.ONLINE, ConsentItem.RECORDING_NOTICE


async def test_the_letter_says_who_invites_whom_to_what(demo):
    letter = await invitation_letter(demo.ctx, await demo.link(Side.RESPONDENT))
    assert (letter.participant.name, letter.mediator.name, letter.matter.id) == ("林若溪", "郑思远", MATTER_1)
    assert [(each.name, each.side) for each in letter.others] == [("周承安", Side.APPLICANT)]
    assert letter.consents == (ONLINE, RECORDING)
    assert letter.entered is False


async def test_opening_the_letter_a_hundred_times_changes_nothing(demo):
    token = await demo.link()
    before = await demo.everything()
    for _ in range(100):
        await invitation_letter(demo.ctx, token)
    assert await demo.everything() == before
    assert (await demo.enter(token)).seat_token


async def test_unknown_expired_and_revoked_links_are_refused_in_the_same_words(demo):
    revoked, expired = await demo.link(Side.RESPONDENT), await demo.link()
    await revoke(demo.ctx, demo.mediator, SESSION_1, (await demo.guest(Side.RESPONDENT)).id)
    demo.ctx.clock.advance(hours=13)
    refusals = set()
    for token in (revoked, expired, new_token(), expired[:-1], expired + "A", "", "../../etc/passwd", "x" * 5000):
        for attempt in (invitation_letter(demo.ctx, token), demo.enter(token)):
            with pytest.raises(NotFound) as refusal:
                await attempt
            refusals.add((refusal.value.code, refusal.value.field, str(refusal.value.details)))
    assert refusals == {("link_invalid", None, "{}")}


async def test_a_mutated_link_opens_nothing(demo):
    token = await demo.link()
    for position in range(len(token)):
        other = "A" if token[position] != "A" else "B"
        with pytest.raises(NotFound):
            await invitation_letter(demo.ctx, token[:position] + other + token[position + 1 :])


async def test_entering_writes_consents_arrival_device_and_seat_together(demo):
    entry = await demo.enter(await demo.link(), camera="ok", microphone="problem")
    me = entry.participant
    new = [each for each in (await demo.log())[2:] if each.kind is not EventKind.NOTIFIED]
    assert [(each.kind, dict(each.payload)) for each in new] == [
        (
            EventKind.CONSENT_GIVEN,
            {"participant": me.id, "item": "c2", "answer": True, "text_version": VERSIONS[ONLINE]},
        ),
        (
            EventKind.CONSENT_GIVEN,
            {"participant": me.id, "item": "c4", "answer": True, "text_version": VERSIONS[RECORDING]},
        ),
        (EventKind.ARRIVED, {"participant": me.id, "again": False}),
        (
            EventKind.DEVICE_REPORTED,
            {"participant": me.id, "camera": "ok", "microphone": "problem", "speaker": "unknown", "network": "unknown"},
        ),
    ]
    assert {each.actor for each in new} == {me.id}
    assert first_break(await demo.log()) is None
    async with demo.ctx.db.reading() as tx:
        kept = await consents.consents_of(tx, me.id)
        assert [(each.item, each.answer) for each in kept] == [(ONLINE, True), (RECORDING, True)]
        assert (await sessions.session(tx, SESSION_1)).state is SessionState.LOBBY
    assert await seat_of(demo.ctx, me.id, entry.seat_token) == me
    assert entry.seat_token not in str(await demo.everything())
    assert (await demo.audited(AuditAction.SEAT_ENTERED))[-1].actor == me.id


@pytest.mark.parametrize(
    ("answers", "refused", "alternative"),
    [
        ({ONLINE: False, RECORDING: True}, ONLINE, "on_site"),
        ({ONLINE: True, RECORDING: False}, RECORDING, "mediator_calls"),
        ({ConsentItem.MEDIATION: False, ONLINE: True, RECORDING: True}, ConsentItem.MEDIATION, "mediation_declined"),
    ],
)
async def test_a_no_is_kept_and_leads_on_instead_of_in(demo, answers, refused, alternative):
    token = await demo.link()
    entry = await demo.enter(token, answers)
    assert (entry.seat_token, entry.refused, entry.alternative) == (None, refused, alternative)
    said = {each.payload["item"]: each.payload["answer"] for each in await demo.log() if "item" in each.payload}
    assert said == {item.value: answer for item, answer in answers.items()}
    assert EventKind.ARRIVED not in await demo.kinds()
    async with demo.ctx.db.reading() as tx:
        assert (await sessions.session(tx, SESSION_1)).state is SessionState.SCHEDULED
    assert (await demo.enter(token)).seat_token  # who thinks better of it may come in


@pytest.mark.parametrize("missing", [ONLINE, RECORDING])
async def test_nobody_comes_in_without_an_answer_to_both_questions(demo, missing):
    token = await demo.link()
    before = await demo.everything()
    with pytest.raises(BadInput) as refusal:
        await demo.enter(token, {item: True for item in (ONLINE, RECORDING) if item is not missing})
    assert (refusal.value.code, refusal.value.field) == ("consent_required", f"consents.{missing.value}")
    assert await demo.everything() == before


@pytest.mark.parametrize("report", [{"camera": "<b>"}, {"webcam": "ok"}, {"camera": ""}])
async def test_a_strange_device_report_is_refused(demo, report):
    token = await demo.link()
    before = await demo.everything()
    with pytest.raises(BadInput) as refusal:
        await demo.enter(token, **report)
    assert refusal.value.code == "device_report"
    assert await demo.everything() == before


async def test_a_second_device_gets_a_key_of_its_own_and_the_log_says_again(demo):
    token = await demo.link()
    first, second = await demo.enter(token), await demo.enter(token)
    assert first.seat_token != second.seat_token
    for entry in (first, second):
        assert await seat_of(demo.ctx, entry.participant.id, entry.seat_token) == first.participant
    arrivals = [each.payload["again"] for each in await demo.log() if each.kind is EventKind.ARRIVED]
    assert arrivals == [False, True]
    assert (await demo.kinds()).count(EventKind.CONSENT_GIVEN) == 2
    assert (await invitation_letter(demo.ctx, token)).entered is True


async def test_a_seat_keeps_five_keys_and_thirty_entries_in_ten_minutes(demo):
    token = await demo.link()
    entries = []
    for _ in range(30):
        demo.ctx.clock.advance(seconds=1)
        entries.append(await demo.enter(token))
    alive = []
    for entry in entries:
        try:
            await seat_of(demo.ctx, entry.participant.id, entry.seat_token)
            alive.append(True)
        except NotSignedIn:
            alive.append(False)
    assert alive == [False] * 25 + [True] * 5
    with pytest.raises(TooMany) as refusal:
        await demo.enter(token)
    assert refusal.value.code == "too_many_entries"


async def test_two_devices_at_the_same_moment_both_come_in(demo):
    token = await demo.link()
    first, second = await asyncio.gather(demo.enter(token), demo.enter(token))
    assert first.seat_token != second.seat_token
    assert first_break(await demo.log()) is None


async def test_a_seat_key_opens_its_own_seat_and_no_other(demo):
    mine = await demo.enter(await demo.link())
    other = await demo.enter(await demo.link(Side.RESPONDENT))
    elsewhere = await demo.guest(Side.APPLICANT, SESSION_1_MORNING)
    refusals = set()
    for participant_id, token in (
        (other.participant.id, mine.seat_token),
        (elsewhere.id, mine.seat_token),
        ((await demo.guest(Side.NEUTRAL)).id, mine.seat_token),
        (mine.participant.id, new_token()),
        (mine.participant.id, None),
        (mine.participant.id, ""),
        (new_id(), mine.seat_token),
        ("../x", mine.seat_token),
    ):
        with pytest.raises(NotSignedIn) as refusal:
            await seat_of(demo.ctx, participant_id, token)
        refusals.add(refusal.value.code)
    assert refusals == {"seat_invalid"}


async def test_a_seat_key_ends_with_the_link_it_came_by(demo):
    entry = await demo.enter(await demo.link())
    demo.ctx.clock.advance(hours=12, seconds=601)
    with pytest.raises(NotSignedIn):
        await seat_of(demo.ctx, entry.participant.id, entry.seat_token)


async def test_after_the_end_the_letter_says_so(demo):
    token = await demo.link()
    async with demo.ctx.db.transaction() as tx:
        session = await sessions.session(tx, SESSION_1)
        ended = {name: getattr(session, name) for name in session.__slots__} | {"state": SessionState.ENDED}
        await sessions.save(tx, type(session)(**ended))
    for attempt in (invitation_letter(demo.ctx, token), demo.enter(token)):
        with pytest.raises(Gone, match="session_over"):
            await attempt


async def test_staff_sit_in_their_own_seat_only(demo):
    seat = await demo.guest(Side.NEUTRAL)
    assert await staff_seat(demo.ctx, demo.mediator, seat.id) == seat
    for user, participant_id in (
        (demo.other_mediator, seat.id),
        (demo.mediator, (await demo.guest()).id),
        (demo.mediator, new_id()),
        (demo.mediator, "x"),
    ):
        with pytest.raises(NotFound):
            await staff_seat(demo.ctx, user, participant_id)
