from dataclasses import replace

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.masking import Datum
from mediation_server.domain.people import Role
from mediation_server.domain.revealing import RevealPurpose
from mediation_server.errors import BadInput, MediationError, NotFound, Refused, TooMany
from mediation_server.services.demo_data import MATTER_1
from mediation_server.services.revealing import reveal
from mediation_server.store import matters

CONTACT = RevealPurpose.CONTACT


@pytest.fixture
async def party(demo):
    async with demo.ctx.db.reading() as tx:
        return (await matters.parties_of(tx, MATTER_1))[0]


async def test_a_whole_number_is_given_after_the_audit_row(demo, party):
    assert await reveal(demo.ctx, demo.mediator, party.id, Datum.PHONE, CONTACT) == party.phone
    (entry,) = await demo.audited(AuditAction.DATUM_REVEALED)
    assert (entry.actor, entry.object, entry.allowed) == (demo.mediator.id, f"matter:{MATTER_1}", True)
    assert (entry.purpose, entry.basis) == ("contact", "reveal_presider")
    assert entry.details == {"party": party.id, "datum": "phone", "reason": ""}
    assert party.phone not in str(entry)


async def test_nothing_is_given_when_the_audit_row_cannot_be_written(demo, party):
    await demo.ctx.db.close()
    with pytest.raises(MediationError):
        await reveal(demo.ctx, demo.mediator, party.id, Datum.PHONE, CONTACT)


async def test_who_has_no_right_is_refused_and_that_is_written_down(demo, party):
    for user, basis in ((demo.other_mediator, "reveal_no_right"), (demo.trial_judge, "reveal_trial_judge")):
        with pytest.raises(Refused) as refusal:
            await reveal(demo.ctx, user, party.id, Datum.IDENTITY, CONTACT)
        assert refusal.value.code == basis
    entries = await demo.audited(AuditAction.DATUM_REVEALED)
    assert [(each.actor, each.allowed) for each in entries] == [
        (demo.other_mediator.id, False),
        (demo.trial_judge.id, False),
    ]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CLERK, Role.FILING])
async def test_an_administrator_or_staff_of_another_court_has_no_right_either(demo, party, role):
    with pytest.raises(Refused) as refusal:
        await reveal(demo.ctx, replace(demo.mediator, role=role, court="石桥县人民法院"), party.id, Datum.NAME, CONTACT)
    assert refusal.value.code == "reveal_no_right"


async def test_who_works_on_a_matter_learns_how_to_reach_its_parties_and_not_who_they_are_by_number(demo, party):
    clerk = replace(demo.mediator, role=Role.CLERK, court="江岚市云溪区人民法院")
    for user, basis in ((clerk, "reveal_clerk"), (demo.trial_judge, "reveal_judge")):
        assert await reveal(demo.ctx, user, party.id, Datum.PHONE, CONTACT) == party.phone
        assert (await demo.audited(AuditAction.DATUM_REVEALED))[-1].basis == basis
        with pytest.raises(Refused):
            await reveal(demo.ctx, user, party.id, Datum.IDENTITY, CONTACT)


async def test_another_purpose_wants_its_reason(demo, party):
    other = RevealPurpose.OTHER
    for reason, code in (("  ", "reason_required"), ("x" * 201, "reason_too_long")):
        with pytest.raises(BadInput) as refusal:
            await reveal(demo.ctx, demo.mediator, party.id, Datum.PHONE, other, reason)
        assert (refusal.value.code, refusal.value.field) == (code, "reason")
    assert await demo.audited(AuditAction.DATUM_REVEALED) == []
    await reveal(demo.ctx, demo.mediator, party.id, Datum.PHONE, other, " 核对回执 ")
    (entry,) = await demo.audited(AuditAction.DATUM_REVEALED)
    assert entry.details["reason"] == "核对回执"


async def test_what_is_not_there_is_not_found(demo, party):
    for party_id, datum in ((new_id(), Datum.PHONE), ("x", Datum.PHONE), (party.id, Datum.ACCOUNT)):
        with pytest.raises(NotFound):
            await reveal(demo.ctx, demo.mediator, party_id, datum, CONTACT)


async def test_nobody_reads_the_whole_register_one_by_one(demo, party):
    for _ in range(60):
        await reveal(demo.ctx, demo.mediator, party.id, Datum.PHONE, CONTACT)
    with pytest.raises(TooMany):
        await reveal(demo.ctx, demo.mediator, party.id, Datum.PHONE, CONTACT)
    other = replace(demo.mediator, id=new_id(), role=Role.FILING, court="江岚市云溪区人民法院")
    await reveal(demo.ctx, other, party.id, Datum.PHONE, CONTACT)
