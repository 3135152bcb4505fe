"""Rooms' media in worker processes: a media engine whose rooms live elsewhere; knows no SDP and no transport."""

from mediation_server.media.farm.engine import FarmEngine
from mediation_server.media.farm.order import FarmLimits, Order, orders_of

__all__ = ["FarmEngine", "FarmLimits", "Order", "orders_of"]
