"""The cookie of a seat, behind a proxy that speaks TLS for us."""

import pytest
from aiohttp.test_utils import make_mocked_request

from mediation_server.errors import NotSignedIn
from signaling.identity import identify


async def test_behind_a_tls_proxy_only_the_cookie_bound_to_the_host_opens_a_seat(server):
    ctx = server.world.ctx
    behind = ctx.settings.model_copy(update={"public_url": "https://mediate.example"})
    object.__setattr__(ctx, "settings", behind)
    for name in ("zhou", "mediator"):
        seat, cookie = server.world.ids[name], await server.cookie(name)
        bound = make_mocked_request("GET", "/", headers={"Cookie": f"__Host-{cookie}"})
        assert (await identify(ctx, bound, seat)).participant.id == seat
        loose = make_mocked_request("GET", "/", headers={"Cookie": cookie, "X-Forwarded-Proto": "https"})
        with pytest.raises(NotSignedIn):
            await identify(ctx, loose, seat)
