"""One room of the embedded engine: links, publications, the audience's fence, the recorder's taps; knows no SDP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from mediation_server.media.embedded.downlink import Downlink, Slot
from mediation_server.media.embedded.guests import Guests
from mediation_server.media.embedded.limits import MS, SECOND
from mediation_server.media.embedded.publication import Early, LivePublication
from mediation_server.media.embedded.steering import Speakers, choose
from mediation_server.media.embedded.transport import Services
from mediation_server.media.embedded.uplink import Uplink, UplinkOwner
from mediation_server.media.engine import (
    Audience,
    EngineEvent,
    EngineListener,
    Kind,
    PacketSink,
    PublicationEnded,
    PublicationStarted,
    Source,
    SpeakingChanged,
    TransportState,
    TransportStateChanged,
    Watching,
)

__all__ = ["RECORDER", "EngineRoom"]

logger = logging.getLogger(__name__)

RECORDER = "recorder"
_TICK = 100 * MS
_CHOICE = 5  # ticks after which what is sent is chosen anew though nothing was said


class EngineRoom:
    """Default deny: a publication nobody was granted reaches nobody."""

    def __init__(self, name: str, services: Services, spawn: Callable[[asyncio.Future[None]], None]) -> None:
        self.name = name
        self.listener: EngineListener | None = None
        self.uplinks: dict[str, Uplink] = {}
        self.downlinks: dict[str, Downlink] = {}
        self.guests = Guests(services, spawn)
        self.publications: dict[str, LivePublication] = {}
        self._audience: Audience = {}
        self._moved: dict[str, int] = {}  # when members changed their place lately, in ns
        self._sinks: dict[str, PacketSink] = {}  # of members without a browser
        self._muted: set[tuple[str, Source]] = set()
        self._services = services
        self._spawn = spawn
        self._watching: dict[str, Watching] = {}
        self._speakers = Speakers(services.limits.voices)
        self._ticks = 0

    # -- links -----------------------------------------------------------------------------------------------------

    def new_uplink(self, member: str) -> Uplink:
        """A publishing side in place of the member's former one, if any."""
        self.drop_uplink(member, "replaced")

        def changed(state: TransportState) -> None:
            if self.uplinks.get(member) is not uplink:
                return
            if state is TransportState.CLOSED:
                self.drop_uplink(member, "failed" if uplink.transport.lost else "left")
            else:
                self._tell(TransportStateChanged(self.name, member, "up", state))

        owner = UplinkOwner(
            changed,
            lambda publication: self._tell(PublicationStarted(self.name, publication.info)),
            lambda speaking: self._speaking(member, speaking=speaking),
        )
        uplink = self.uplinks[member] = Uplink(self._services, owner)
        self._tell(TransportStateChanged(self.name, member, "up", TransportState.CONNECTING))
        return uplink

    def new_downlink(self, member: str) -> Downlink:
        """A subscribing side in place of the member's former one, if any."""
        self.drop_downlink(member)

        def changed(state: TransportState) -> None:
            self._downlink_changed(downlink, member, state)

        downlink = self.downlinks[member] = Downlink(self._services, changed)
        downlink.watching = self._watching.get(member)
        self._tell(TransportStateChanged(self.name, member, "down", TransportState.CONNECTING))
        return downlink

    def _downlink_changed(self, downlink: Downlink, member: str, state: TransportState) -> None:
        if self.downlinks.get(member) is not downlink:
            return
        if state is TransportState.CLOSED:
            self.drop_downlink(member)
            return
        self._tell(TransportStateChanged(self.name, member, "down", state))
        self.settle(member)

    def expect(self, guest: str) -> None:
        """A guest is coming in: note where the pictures are, and ask for whole ones, so that none is waited for."""
        downlink = self.guests.find(guest)
        if downlink is None:
            return
        now = self._services.clock()
        until = now + self._services.limits.coming_in
        pictures = [each for each in self.publications.values() if each.info.kind is Kind.VIDEO and not each.muted]
        downlink.early = {each.info.id: Early(each.numbers, until) for each in pictures}
        for each in pictures:
            each.encodings[0].request_key_frame(now)  # the smallest is there first, and the best replaces it
            each.request_key_frame(now)

    def seat(self, guest: str, member: str) -> bool:
        """Make what was prepared the member's subscribing side; False when there is nothing that is connected."""
        downlink = self.guests.take(guest)
        if downlink is None:
            return False
        self.drop_downlink(member)
        downlink.belong_to(lambda state: self._downlink_changed(downlink, member, state))
        self.downlinks[member] = downlink
        downlink.watching = self._watching.get(member)
        for key, publication in self.publications_of(tuple(downlink.early)).items():
            publication.early[member] = downlink.early[key]
        self._tell(TransportStateChanged(self.name, member, "down", TransportState.CONNECTED))
        return True

    def drop_uplink(self, member: str, reason: str) -> None:
        """End a member's publications and its publishing side; nothing when there is none."""
        uplink = self.uplinks.pop(member, None)
        if uplink is None:
            return
        for track in list(uplink.tracks.values()):
            if track.speaking.ceased(0, at_once=True):
                self._speaking(member, speaking=False)
            self.end(track.publication, reason)
        uplink.silence()
        self._tell(TransportStateChanged(self.name, member, "up", TransportState.CLOSED))
        self._speakers.forget(member)
        self._spawn(asyncio.ensure_future(uplink.close()))

    def drop_downlink(self, member: str) -> None:
        """Close a member's subscribing side; nothing when there is none."""
        downlink = self.downlinks.pop(member, None)
        if downlink is None:
            return
        self._tell(TransportStateChanged(self.name, member, "down", TransportState.CLOSED))
        for slot in downlink.slots:
            downlink.forget(slot.publication)
        self._spawn(asyncio.ensure_future(downlink.close()))

    # -- publications ----------------------------------------------------------------------------------------------

    def begin(self, publication: LivePublication) -> None:
        """Take a new publication in, under the present audience and mutes."""
        info, now = publication.info, self._services.clock()
        self.publications[info.id] = publication
        publication.mute(muted=(info.member, info.source) in self._muted, now=now)
        publication.grant(dict.fromkeys(self._audience.get(info.member, frozenset()), 0), now)
        self._settle_tap(publication)

    def end(self, publication: LivePublication, reason: str) -> None:
        """A publication is over; `reason` as in `PublicationEnded`."""
        if self.publications.pop(publication.info.id, None) is None:
            return
        for downlink in self.downlinks.values():
            downlink.forget(publication)
        for member in tuple(publication.taps):
            publication.close_tap(member, "ended")
        self._tell(PublicationEnded(self.name, publication.info, reason))

    def mute(self, member: str, source: Source, *, muted: bool) -> None:
        """Remember and apply a mute, also for publications to come."""
        (self._muted.add if muted else self._muted.discard)((member, source))
        now = self._services.clock()
        for publication in self.publications.values():
            if publication.info.member == member and publication.info.source is source:
                publication.mute(muted=muted, now=now)

    # -- who receives ----------------------------------------------------------------------------------------------

    def set_audience(self, audience: Audience, moved: frozenset[str] = frozenset()) -> None:
        """The fence: take away, send what is held back to those who stay, let in once nothing older can come."""
        self._audience = {sender: frozenset(receivers) for sender, receivers in audience.items()}
        now = self._services.clock()
        recent = now - self._services.limits.longest_in_flight
        self._moved = {each: at for each, at in self._moved.items() if at > recent} | dict.fromkeys(moved, now)
        for publication in self.publications.values():
            allowed = self._audience.get(publication.info.member, frozenset())
            for member, slot in self._slots_of(publication):
                if member not in allowed:
                    publication.dismiss(slot.subscription)
            publication.flush()
            publication.grant(self._dues(publication.info.member, allowed), now)
            self._settle_tap(publication)
            for wait in {due - now for due in publication.due.values()}:
                asyncio.get_running_loop().call_later(wait / SECOND, self._let_in, publication)
        for member in self.downlinks:
            self.settle(member)

    def _dues(self, sender: str, receivers: frozenset[str]) -> dict[str, int]:
        """When each may have what this member sends, in ns: at once, or when nothing from before a move can come."""
        in_flight = self._in_flight(sender)
        moves = {each: max(self._moved.get(sender, 0), self._moved.get(each, 0)) for each in receivers}
        return {each: moved_at and moved_at + in_flight for each, moved_at in moves.items()}

    def _in_flight(self, member: str) -> int:
        """For how long packets may still arrive that a member sent before now, in ns."""
        links = self.uplinks.get(member), self.downlinks.get(member)
        limits, slowest = self._services.limits, max((link.rtt for link in links if link is not None), default=0)
        return min(max(limits.in_flight, 2 * slowest), limits.longest_in_flight)

    def _let_in(self, publication: LivePublication) -> None:
        """What is read from then on is theirs: what came before must have been read; else a tick asks again."""
        read_until = self._services.port.read_until()
        if publication.info.id not in self.publications or not publication.let_in(read_until):
            return
        self._settle_tap(publication)
        for member in tuple(self.downlinks):
            self.settle(member)

    def settle(self, member: str) -> None:
        """Let each of a member's subscriptions flow or not, as transport, answer, audience and layer say now."""
        downlink = self.downlinks[member]
        now = self._services.clock()
        for slot in downlink.slots:
            publication, subscription = slot.publication, slot.subscription
            granted = member in publication.granted and self._is_audible(publication)
            if not granted or not slot.accepted or slot.paused or not subscription.ready:
                publication.dismiss(subscription)
            elif not publication.serves(subscription):
                publication.admit(subscription, member, now)
            else:
                publication.steer(subscription, member, now)

    def may_offer(self, member: str, publication: LivePublication) -> bool:
        """Whether the audience grants this member the publication now or did so before."""
        return member in publication.ever_granted

    def listen_in(self, member: str, sink: PacketSink | None) -> None:
        """Attach or detach a member without a browser: the recorder, or one who is given voices alone."""
        for publication in self.publications.values():
            publication.close_tap(member, "ended")
        self._sinks.pop(member, None)
        if sink is not None:
            self._sinks[member] = sink
        for publication in self.publications.values():
            self._settle_tap(publication)

    def _settle_tap(self, publication: LivePublication) -> None:
        for member, sink in self._sinks.items():
            wanted = member == RECORDER or publication.info.source is Source.MICROPHONE
            if member not in publication.granted:
                publication.close_tap(member, "withheld")
            elif wanted and member not in publication.taps:
                publication.open_tap(member, sink, self._services.clock())

    def _slots_of(self, publication: LivePublication) -> list[tuple[str, Slot]]:
        return [(member, slot) for member, link in self.downlinks.items() for slot in link.slots_of(publication)]

    def look(self, member: str, watching: Watching) -> None:
        """What a member looks at from now on, over new connections too, until `forget`."""
        self._watching[member] = watching
        downlink = self.downlinks.get(member)
        if downlink is not None:
            downlink.watching = watching
            self._choose(member, downlink, 0, self._services.clock())

    def forget(self, member: str) -> None:
        """The member's page is gone, and what it looked at."""
        self._watching.pop(member, None)

    def _choose(self, member: str, downlink: Downlink, elapsed: int, now: int) -> None:
        downlink.unsettled = False
        choose(downlink, self._speakers, elapsed, now)
        self.settle(member)

    def _is_audible(self, publication: LivePublication) -> bool:
        if publication.info.source is not Source.MICROPHONE or len(self.uplinks) <= self._services.limits.voices:
            return True
        return publication.info.member in self._speakers.audible(self.uplinks)

    def _speaking(self, member: str, *, speaking: bool) -> None:
        self._speakers.heard(member, self._services.clock(), speaking=speaking)
        for downlink in self.downlinks.values():
            downlink.unsettled = True
        self._tell(SpeakingChanged(self.name, member, speaking))

    # -- time and events -------------------------------------------------------------------------------------------

    def tick(self, now: int, *, second: bool) -> None:
        """Every 100 ms, and every tenth of them once a second."""
        self._ticks += 1
        for publication in tuple(self.publications.values()):
            if publication.due:
                self._let_in(publication)
        for uplink in tuple(self.uplinks.values()):
            uplink.tick(now)
        if second:
            self._second(now)
        due = not self._ticks % _CHOICE
        for member, downlink in tuple(self.downlinks.items()):
            if due or downlink.unsettled:
                self._choose(member, downlink, _CHOICE * _TICK if due else 0, now)

    def _second(self, now: int) -> None:
        for uplink in tuple(self.uplinks.values()):
            uplink.second(now)
        for downlink in tuple(self.downlinks.values()):
            downlink.second(now)
        self.guests.second(now)

    def close(self, reason: str = "closed") -> None:
        """Close every link; whoever listens in this process is told first."""
        for member in tuple(self._sinks):
            self.listen_in(member, None)
        for member in tuple(self.uplinks):
            self.drop_uplink(member, reason)
        for member in tuple(self.downlinks):
            self.drop_downlink(member)
        self.guests.close()

    def publications_of(self, ids: Sequence[str]) -> Mapping[str, LivePublication]:
        """Those of the ids that are being published now, in that order."""
        return {each: self.publications[each] for each in ids if each in self.publications}

    def _tell(self, event: EngineEvent) -> None:
        """Through the event loop: a listener may call the engine, which must not happen inside a packet."""
        asyncio.get_running_loop().call_soon(self._deliver, event)

    def _deliver(self, event: EngineEvent) -> None:
        if self.listener is None:
            return
        try:
            self.listener(event)
        except Exception:
            self._services.counters.drop("listener_failed")
            logger.exception("a listener of the media engine failed")
