"""From a browser's description to tracks and back: publish, subscribe, answer; knows no packet."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from mediation_server.errors import BadInput, NotFound, Refused, TooMany
from mediation_server.media.embedded.choosing import Chosen, choose
from mediation_server.media.embedded.descriptions import Endpoint, Ports, write_answer, write_offer
from mediation_server.media.embedded.downlink import Downlink
from mediation_server.media.embedded.publication import LivePublication
from mediation_server.media.embedded.room import EngineRoom
from mediation_server.media.embedded.sdp import Description, parse
from mediation_server.media.embedded.transport import Services, Transport
from mediation_server.media.embedded.uplink import Track, Uplink
from mediation_server.media.engine import Answer, Publication, Source, SubscribeOffer, TransportState

__all__ = ["Negotiator"]


class Negotiator:
    """Guards first: a description that is refused has changed nothing."""

    def __init__(self, services: Services, addresses: Sequence[str], ports: Ports) -> None:
        self._services = services
        self._addresses = tuple(addresses)
        self._ports = ports
        self._fingerprint = services.certificate.getFingerprints()[0].value

    def publish(self, room: EngineRoom, member: str, sdp: str, sources: Mapping[str, Source]) -> Answer:
        """See `MediaEngine.publish`."""
        offer = parse(sdp, self._services.limits)
        chosen = choose(offer, sources)
        uplink = room.uplinks.get(member)
        if uplink is None or uplink.transport.identity != frozenset(offer.fingerprints):
            uplink = room.new_uplink(member)
            uplink.ufrag = offer.ufrag
            uplink.setup = "active" if offer.setup == "passive" else "passive"
            uplink.transport.start(offer.fingerprints, "client" if uplink.setup == "active" else "server")
        elif uplink.ufrag != offer.ufrag:
            uplink.ufrag = offer.ufrag
            uplink.transport.restart_ice()
        publications = self._arrange(room, member, uplink, chosen)
        uplink.revision += 1
        endpoint = self._endpoint(uplink.transport)
        answer = write_answer(offer.sections, chosen, endpoint, uplink.setup, uplink.revision)
        return Answer(answer, publications)

    def subscribe(self, room: EngineRoom, member: str, ids: Sequence[str], *, fresh: bool) -> SubscribeOffer:
        """See `MediaEngine.subscribe`."""
        wanted = list(room.publications_of(ids).values())
        if any(not room.may_offer(member, publication) for publication in wanted):
            raise Refused("not_granted")
        downlink = room.downlinks.get(member)
        limit = self._services.limits.offered_sections
        if len(wanted) + (len(downlink.slots) if downlink and not fresh else 0) > 2 * limit or len(wanted) > limit:
            raise TooMany("too_many_publications")
        if downlink is None or fresh:
            downlink = room.new_downlink(member)
        elif downlink.transport.state is TransportState.FAILED:
            downlink.transport.restart_ice()
        if downlink.want(wanted):
            return self._offered(downlink)
        room.settle(member)
        return self._offered(downlink, anew=False)

    def prepare(self, room: EngineRoom, guest: str) -> SubscribeOffer:
        """See `MediaEngine.prepare`."""
        return self._offered(room.guests.prepare(guest))

    def answer(self, room: EngineRoom, member: str, revision: int, sdp: str) -> None:
        """See `MediaEngine.answer`."""
        downlink = room.downlinks.get(member) or room.guests.find(member)
        if downlink is None:
            raise NotFound("no_subscription")
        if revision < downlink.revision:
            return
        answer = parse(sdp, self._services.limits, sections=self._services.limits.offered_sections)
        self._check_answer(downlink, revision, answer)
        downlink.take_answer(answer)
        if not downlink.transport.identity:
            downlink.transport.start(answer.fingerprints, "client" if answer.setup == "passive" else "server")
        if member in room.downlinks:
            room.settle(member)

    def _offered(self, downlink: Downlink, *, anew: bool = True) -> SubscribeOffer:
        """The offer of what is arranged; under the former number when there is nothing in it to be negotiated."""
        sections = downlink.sections(lambda publication: publication.profile)
        endpoint = self._endpoint(downlink.transport)
        if anew or downlink.offered_ufrag != endpoint.credentials.ufrag:
            downlink.revision += 1
        downlink.offered_ufrag = endpoint.credentials.ufrag
        mids = {section.mid: section.publication for section in sections if section.publication}
        return SubscribeOffer(write_offer(sections, endpoint, downlink.revision), downlink.revision, mids)

    def _check_answer(self, downlink: Downlink, revision: int, answer: Description) -> None:
        identity = downlink.transport.identity
        if revision > downlink.revision:
            raise BadInput("bad_revision")
        if answer.setup == "actpass" or (identity and identity != frozenset(answer.fingerprints)):
            raise BadInput("bad_sdp")

    def _arrange(self, room: EngineRoom, member: str, uplink: Uplink, chosen: list[Chosen]) -> tuple[Publication, ...]:
        """Keep the tracks that go on, end those taken away or changed, begin the new ones."""
        by_mid = {each.section.mid: each for each in chosen}
        for mid, track in list(uplink.tracks.items()):
            same = by_mid.get(mid)
            if same is None or _shape(same) != _shape(track.chosen):
                del uplink.tracks[mid]
                room.end(track.publication, "left" if same is None else "replaced")
        for mid, each in by_mid.items():
            if mid in uplink.tracks:
                uplink.tracks[mid].chosen = each
                continue
            publication = self._new_publication(room, member, uplink, each)
            uplink.tracks[mid] = Track(each, publication)
            room.begin(publication)
        uplink.arrange()
        return tuple(uplink.tracks[mid].publication.info for mid in by_mid)

    def _new_publication(self, room: EngineRoom, member: str, uplink: Uplink, chosen: Chosen) -> LivePublication:
        codec, mid = chosen.codec, chosen.section.mid
        info = Publication(
            secrets.token_hex(8), room.name, member, codec.kind, chosen.source, codec.name, codec.clock_rate
        )
        publication = LivePublication(
            info,
            codec,
            self._services,
            lambda at: uplink.ask_key_frame(mid, at),
            encodings=len(chosen.rids) or 1,
        )
        publication.profile = chosen.profile
        return publication

    def _endpoint(self, transport: Transport) -> Endpoint:
        return Endpoint(transport.ice.credentials, self._fingerprint, self._addresses, self._ports, transport.session)


def _shape(chosen: Chosen) -> tuple[object, ...]:
    """What may not change while a publication lives."""
    return chosen.source, chosen.codec, chosen.rids
