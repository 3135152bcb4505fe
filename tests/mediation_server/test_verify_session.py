from mediation_server.config import Settings
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.offline import verify_all, verify_matter, verify_session
from mediation_server.services import inviting
from mediation_server.services.auditing import audited
from mediation_server.services.procedure import act_on_matter
from mediation_server.store import sessions
from tests.room_world import MEDIATOR, room_world


async def test_verifying_a_sitting_also_finds_an_audit_log_that_was_rewritten(tmp_path):
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite+aiosqlite:///{tmp_path}/mediation.db")
    async with room_world(tmp_path) as world:
        await inviting.issue(world.ctx, MEDIATOR, world.session_id, world.ids["lin"])
        async with world.ctx.db.transaction() as tx:
            await audited(world.ctx, tx, AuditAction.LOGIN_OPENED, actor="somebody", about="user:x")
        assert await verify_session(settings, world.clock, world.session_id) == []
        async with world.ctx.db.transaction() as tx:
            triggers = await tx.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'"
            )
            for (name,) in triggers.all():
                await tx.exec_driver_sql(f"DROP TRIGGER {name}")
            await tx.exec_driver_sql("UPDATE audit SET actor = 'nobody' WHERE actor = 'somebody'")
        (found,) = await verify_session(settings, world.clock, world.session_id)
        assert found.startswith("audit_log: ")


async def test_verifying_a_matter_holds_its_row_against_its_log(tmp_path):
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite+aiosqlite:///{tmp_path}/mediation.db")
    async with room_world(tmp_path) as world:
        async with world.ctx.db.reading() as tx:
            matter = (await sessions.session(tx, world.session_id)).matter_id
        failed = Command(CommandKind.FAIL, {"ground": "g5", "reason": "分歧较大"})
        await act_on_matter(world.ctx, Actor(MEDIATOR.id, Capacity.MEDIATOR), matter, failed)
        assert await verify_matter(settings, matter) == []
        async with world.ctx.db.transaction() as tx:
            await tx.exec_driver_sql("UPDATE matters SET state = 'mediating'")
        assert await verify_matter(settings, matter) == ["matter_row: differs from its log"]


async def test_verifying_everything_names_each_matter_that_does_not_hold(tmp_path):
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite+aiosqlite:///{tmp_path}/mediation.db")
    async with room_world(tmp_path) as world:
        async with world.ctx.db.reading() as tx:
            matter = (await sessions.session(tx, world.session_id)).matter_id
        failed = Command(CommandKind.FAIL, {"ground": "g5", "reason": "分歧较大"})
        await act_on_matter(world.ctx, Actor(MEDIATOR.id, Capacity.MEDIATOR), matter, failed)
        assert [line async for line in verify_all(settings, world.clock)] == []
        async with world.ctx.db.transaction() as tx:
            await tx.exec_driver_sql("UPDATE matters SET state = 'mediating'")
        found = [line async for line in verify_all(settings, world.clock)]
        assert found == [f"{matter} matter_row: differs from its log"]
