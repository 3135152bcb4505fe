import structlog

from mediation_server.key_watch import KeyWatch


class Keys:
    """Keys whose trouble the test decides."""

    class master:  # noqa: N801 - as the store names it
        directory = "keys"

    def __init__(self):
        self.said = None

    def trouble(self):
        if isinstance(self.said, OSError):
            raise self.said
        return self.said


async def test_it_says_when_the_trouble_begins_changes_and_ends_and_once_an_hour_while_it_lasts():
    keys = Keys()
    watch = KeyWatch(keys)
    with structlog.testing.capture_logs() as said:
        for trouble, rounds in ((None, 2), ("master_key_missing", 61), ("master_key_wrong", 1), (None, 2)):
            keys.said = trouble
            for _ in range(rounds):
                await watch.look()
                assert watch.trouble == (trouble or "")
    assert [(each["event"], each.get("code")) for each in said] == [
        ("master_key_trouble", "master_key_missing"),
        ("master_key_trouble", "master_key_missing"),
        ("master_key_trouble", "master_key_wrong"),
        ("master_key_back", None),
    ]


async def test_a_disk_that_cannot_be_asked_counts_as_unreadable():
    keys = Keys()
    keys.said = OSError(5, "Input/output error")
    watch = KeyWatch(keys)
    await watch.look()
    assert watch.trouble == "master_key_unreadable"
