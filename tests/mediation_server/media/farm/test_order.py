import pytest
from pydantic import ValidationError

from mediation_server.config import Settings
from mediation_server.media.farm import Order, orders_of


def ports(port, tcp_port):
    orders = orders_of(Order("127.0.0.1", port, ("127.0.0.1",), "secret", tcp_port), 3)
    return [(each.port, each.tcp_port) for each in orders]


def test_ports_are_numbered_upwards_and_free_ones_stay_free():
    assert ports(5000, 6000) == [(5000, 6000), (5001, 6001), (5002, 6002)]
    assert ports(0, 0) == [(0, 0)] * 3
    assert ports(0, None) == [(0, None)] * 3


def test_an_order_in_a_log_or_a_traceback_shows_no_key():
    assert "secret" not in repr(Order("127.0.0.1", 1, ("127.0.0.1",), "secret"))


def test_workers_beyond_the_last_port_stop_the_start():
    assert Settings(media_port=65_534, media_workers=2).media_workers == 2
    with pytest.raises(ValidationError, match="media_workers"):
        Settings(media_port=65_535, media_workers=2)
