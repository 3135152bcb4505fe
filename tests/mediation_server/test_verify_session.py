from mediation_server.app import verify_session
from mediation_server.config import Settings
from mediation_server.domain.audit import AuditAction
from mediation_server.services import inviting
from mediation_server.services.auditing import audited
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
