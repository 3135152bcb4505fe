"""Everybody who gets one encoding now, given each burst in one go; knows neither time, order nor who may have what.

What is the same from burst to burst is gathered once: keys, addresses and numbers of all of them, as long as nobody
comes or goes and `Routing` says that no way has changed.  What all of them got is counted when somebody asks.
"""

from __future__ import annotations

from collections.abc import Sequence

from mediation_server.media.embedded.codecs import Codec
from mediation_server.media.embedded.gso import Receivers
from mediation_server.media.embedded.rtp import octets_of
from mediation_server.media.embedded.subscription import Subscription, receiver_of
from mediation_server.media.embedded.transport import Services

__all__ = ["Circle"]


class Circle:
    """`members` change by `join` and `leave` alone; whoever changes the numbers of one takes it out before."""

    def __init__(self, codec: Codec, services: Services) -> None:
        self._codec = codec
        self._services = services
        self.members: list[Subscription] = []  # in the order in which they came
        self._receivers: Receivers | None = None  # of all members; None: to be gathered
        self._gathered_at = 0  # version of the routing
        self._untold: tuple[int, int, bytes] | None = None  # packets, octets, newest, of what all of them got

    def join(self, subscription: Subscription) -> None:
        """Give it what comes from now on."""
        self.tell()
        self.members.append(subscription)
        self._receivers = None

    def leave(self, subscription: Subscription) -> None:
        """Give it nothing more. Raises ValueError when it is not here."""
        self.tell()
        self.members.remove(subscription)
        self._receivers = None

    def tell(self) -> None:
        """Let everybody count what all of them got since the last time; who asks them for it calls this."""
        if self._untold is not None:
            untold, self._untold = self._untold, None
            for subscription in self.members:
                subscription.sent(*untold)

    def give(self, packets: Sequence[bytes], octets: int) -> None:
        """Give everybody these packets of so many payload bytes."""
        receivers = self._receivers
        if receivers is None or self._gathered_at != self._services.routing.version:
            receivers = self._receivers = self._gather()
            if receivers is None:
                self.tell()  # first: what was newest before must not be taken for newer than these
                self.give_some(self.members, packets)
                return
        newest, count = packets[-1], len(packets)
        sent = self._services.port.sender.send_packets(packets, self._codec, receivers)
        if sent.count(count) == len(sent):
            before = self._untold or (0, 0)
            self._untold = before[0] + count, before[1] + octets, newest
            return
        self.tell()
        for subscription, went in zip(self.members, sent, strict=True):
            subscription.sent(went, octets, newest)

    def give_some(self, subscriptions: Sequence[Subscription], packets: Sequence[bytes]) -> None:
        """Give these all packets in one go, or one go for each number of bytes that encryption adds."""
        receivers = list(map(receiver_of, subscriptions))
        if not all(map(all, receivers)):  # somebody cannot be reached now
            self.give_some([each for each in subscriptions if each.ready], packets)
            return
        tags = {keys.tag for keys, _, _ in receivers}
        if len(tags) != 1:
            for tag in tags:
                self.give_some([each for each in subscriptions if receiver_of(each)[0].tag == tag], packets)
            return
        octets, newest = octets_of(packets), packets[-1]
        sent = self._services.port.sender.send_packets(packets, self._codec, receivers)
        for subscription, count in zip(subscriptions, sent, strict=True):
            subscription.sent(count, octets, newest)

    def _gather(self) -> Receivers | None:
        """Everybody as the sender knows them; None when they cannot have the same at once."""
        self._gathered_at = self._services.routing.version
        receivers = Receivers(map(receiver_of, self.members))
        reachable = all(map(all, receivers))
        return receivers if reachable and len({keys.tag for keys, _, _ in receivers}) == 1 else None
