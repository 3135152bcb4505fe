import base64
import hashlib
import hmac
from dataclasses import replace

import pytest

from mediation_server.config import Settings
from mediation_server.errors import Conflict, Unavailable
from mediation_server.services import presiding, relaying
from tests.room_world import room_world

URLS = "turn:relay.example:3478, turns:relay.example:443?transport=tcp"
SECRET = b"shared with coturn"


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        settings = made.ctx.settings.model_copy(update={"turn_urls": URLS, "turn_minutes": 30})
        made.ctx = replace(made.ctx, settings=settings, turn_secret=SECRET)
        yield made


def servers(world, who):
    return relaying.ice_servers(world.ctx, world.room, world.ids[who])


async def test_a_pass_names_its_end_and_its_owner_and_is_proven_by_the_secret(world):
    await world.live()
    [server] = servers(world, "lin")
    expires, _, owner = server["username"].partition(":")
    assert owner == world.ids["lin"]
    assert int(expires) == int(world.ctx.clock.now().timestamp()) + 30 * 60
    proof = hmac.new(SECRET, server["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(server["credential"]) == proof
    assert server["urls"] == ["turn:relay.example:3478", "turns:relay.example:443?transport=tcp"]


async def test_nobody_gets_a_pass_before_they_are_admitted_or_after_they_are_removed(world):
    await world.sit("mediator")
    await world.sit("zhou")
    assert servers(world, "zhou") == []
    with pytest.raises(Conflict, match="not_in_room"):
        relaying.relays(world.ctx, world.room, world.ids["zhou"])
    await world.do(presiding.admit, "mediator", [world.ids["zhou"]])
    assert servers(world, "zhou") == relaying.relays(world.ctx, world.room, world.ids["zhou"]) != []
    await world.do(presiding.remove, "mediator", world.ids["zhou"], "x")
    assert servers(world, "zhou") == []


async def test_two_people_never_share_a_pass(world):
    await world.live()
    assert servers(world, "lin")[0]["credential"] != servers(world, "zhou")[0]["credential"]


async def test_without_relays_there_is_nothing_to_pass(world):
    await world.live()
    world.ctx = replace(world.ctx, settings=world.ctx.settings.model_copy(update={"turn_urls": ""}))
    assert servers(world, "lin") == []


def test_relays_without_their_secret_stop_the_start(tmp_path):
    with pytest.raises(Unavailable, match="turn_secret_missing"):
        relaying.turn_secret(Settings(turn_urls=URLS))
    empty = tmp_path / "empty"
    empty.write_bytes(b"\n")
    with pytest.raises(Unavailable):
        relaying.turn_secret(Settings(turn_urls=URLS, turn_secret_file=empty))
    empty.write_bytes(b"s3cret\n")
    assert relaying.turn_secret(Settings(turn_urls=URLS, turn_secret_file=empty)) == b"s3cret"


@pytest.mark.parametrize("urls", ["http://x", "turn:", "stun:relay.example", "turn:a,", "turn:a b"])
def test_what_is_no_relay_is_refused(urls):
    with pytest.raises(ValueError, match="turn_urls"):
        Settings(turn_urls=urls)


@pytest.mark.parametrize("minutes", [4, 121])
def test_a_pass_lives_two_hours_at_most(minutes):
    with pytest.raises(ValueError, match="turn_minutes"):
        Settings(turn_minutes=minutes)
