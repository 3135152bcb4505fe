from mediation_server.domain.ids import new_id
from mediation_server.domain.notice import Channel, Notice
from mediation_server.services.notifying import MockNotifier, Silent, sent_lately


def notice(clock, body):
    return Notice(new_id(), Channel.SMS, "16100000011", "", body, clock.now())


async def test_the_mock_keeps_only_the_newest_of_what_it_sent(db, clock):
    notifier = MockNotifier(db, kept=5)
    for number in range(12):
        clock.advance(seconds=1)
        await notifier.send(notice(clock, str(number)))
    kept = [each.body for each in await sent_lately(db, limit=1000)]
    assert kept == [str(number) for number in range(11, 6, -1)]
    assert [each.body for each in await sent_lately(db, limit=2)] == ["11", "10"]


async def test_without_a_gateway_nothing_is_sent_or_kept(db, clock):
    await Silent().send(notice(clock, "x"))
    assert await sent_lately(db) == []
