"""The media engine port: what any forwarder of RTP must offer the rooms; knows no SDP and no transport.

A browser only ever *publishes* (it offers, the engine answers) and *subscribes* (the engine offers,
it answers), each on one RTCPeerConnection of its own, so there is no glare and very different
forwarders fit behind this page.  One contract test-suite runs over every engine.

Who may receive whom is decided in `rooms.visibility` and handed over as an `Audience`; an engine
never decides it.  The default is deny: a publication nobody was granted reaches nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

__all__ = [
    "CANARY_ROOM",
    "Answer",
    "Audience",
    "DataUse",
    "EngineEvent",
    "EngineListener",
    "Kind",
    "Load",
    "MediaBack",
    "MediaEngine",
    "MediaLost",
    "MemberQuality",
    "PacketSink",
    "Publication",
    "PublicationEnded",
    "PublicationStarted",
    "Source",
    "SpeakingChanged",
    "SubscribeOffer",
    "TransportState",
    "TransportStateChanged",
    "Watching",
]

CANARY_ROOM = "canary"  # the room of the media canary; rooms of people are named by ids, which look otherwise


class Kind(StrEnum):
    """Kind of a track."""

    AUDIO = "audio"
    VIDEO = "video"


class Source(StrEnum):
    """Where a track comes from."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN = "screen"


@dataclass(frozen=True, slots=True)
class Publication:
    """One track that a member sends; `codec` is lower case: opus, vp8, h264, vp9, av1."""

    id: str
    room: str
    member: str
    kind: Kind
    source: Source
    codec: str
    clock_rate: int


# publication's member -> members who may receive what that member publishes.
# Whoever is missing receives nothing.  "recorder" is a member like any other.
Audience = Mapping[str, frozenset[str]]


class DataUse(StrEnum):
    """How much data a member lets their line carry."""

    AUDIO = "audio"  # voices only
    LOW = "low"  # of each picture the smallest encoding
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Watching:
    """What one member looks at: px of each tile's height on the screen by whose picture it is, 0: not seen now."""

    heights: Mapping[tuple[str, Source], int]
    data: DataUse = DataUse.FULL


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer to a publish offer and the publications it stands for."""

    sdp: str
    publications: tuple[Publication, ...]


@dataclass(frozen=True, slots=True)
class SubscribeOffer:
    """Offer to a subscriber; `mids` tells which m-section carries which publication id."""

    sdp: str
    revision: int
    mids: Mapping[str, str] = field(default_factory=dict)


class TransportState(StrEnum):
    """State of one ICE + DTLS + SRTP association."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class MemberQuality:
    """How one member's line is now; loss as a fraction 0..1, rtt in ms, rates in bit/s.

    `pictures` is false while the line towards the member carries voices only, though they look at pictures.
    """

    uplink_loss: float
    downlink_loss: float
    rtt_ms: float
    uplink_bps: int
    downlink_bps: int
    pictures: bool = True


@dataclass(frozen=True, slots=True)
class PublicationStarted:
    """First media packet of a publication arrived."""

    room: str
    publication: Publication


@dataclass(frozen=True, slots=True)
class PublicationEnded:
    """A publication is over; `reason` is one of left, replaced, kicked, failed, closed."""

    room: str
    publication: Publication
    reason: str


@dataclass(frozen=True, slots=True)
class TransportStateChanged:
    """A member's publishing ("up") or subscribing ("down") transport changed its state."""

    room: str
    member: str
    direction: str
    state: TransportState


@dataclass(frozen=True, slots=True)
class SpeakingChanged:
    """A member began or ceased to speak (audio level extension, RFC 6464, with hang-over)."""

    room: str
    member: str
    speaking: bool


@dataclass(frozen=True, slots=True)
class MediaLost:
    """All media of the room is gone at once; `reason`, of its worker: crashed, silent, unanswered or confused."""

    room: str
    reason: str


@dataclass(frozen=True, slots=True)
class MediaBack:
    """The room is there again, under the audience and the mutes in force, and empty: everybody must come anew."""

    room: str


EngineEvent = PublicationStarted | PublicationEnded | TransportStateChanged | SpeakingChanged | MediaLost | MediaBack
EngineListener = Callable[[EngineEvent], None]


class PacketSink(Protocol):
    """What receives RTP without a browser: recorder, captions. Called on the event loop; must never block or raise."""

    def started(self, publication: Publication) -> None:
        """The sink may now receive this publication (the audience grants it)."""
        ...

    def packet(self, publication: Publication, packet: bytes, arrival_ns: int) -> None:
        """One decrypted RTP packet (RFC 3550), RTX already unwrapped; monotonic arrival time in ns.

        The header is reduced to 12 bytes (no extensions, no CSRC, no padding).  Sequence numbers have no holes
        where a probe, a muted or an unusable packet was dropped; a real loss shows as a hole and may be
        filled later, out of order.  Payloads are checked to be long enough for their codec's descriptor.
        """
        ...

    def sender_report(self, publication: Publication, ntp: int, rtp_timestamp: int, arrival_ns: int) -> None:
        """A sender report (RFC 3550 §6.4.1): 64-bit NTP time and the RTP timestamp at that instant."""
        ...

    def lost(self, from_ns: int, to_ns: int, packets: int) -> None:
        """So many packets that arrived between these monotonic times could not be handed over; those after them can."""
        ...

    def stopped(self, publication: Publication, reason: str) -> None:
        """No more of this publication: reason is ended, or withheld when the audience no longer grants it."""
        ...


@dataclass(frozen=True, slots=True)
class Load:
    """What the engine carries now, for the statistics page and for placement.

    Rooms, transports and layers without those of the canary; packets and drops (by reason) since the start, with them.
    `layers` counts pictures as received: off, waiting (for a key frame), low, medium, high, single (of one encoding).
    """

    rooms: int
    transports: int
    packets_in: int
    packets_out: int
    dropped: Mapping[str, int]
    layers: Mapping[str, int] = field(default_factory=dict)
    workers_lost: int = 0  # processes that died with the rooms they held, since the start


class MediaEngine(Protocol):
    """A selective forwarding unit (RFC 7667 §3.7) seen from the rooms."""

    async def start(self) -> None:
        """Bind sockets and begin to serve. Raises `Unavailable` when the port cannot be bound."""
        ...

    async def close(self) -> None:
        """Close every room and every socket; idempotent."""
        ...

    def listen(self, room: str, listener: EngineListener) -> None:
        """Call `listener` for each event of this room from now on; one listener a room."""
        ...

    async def open_room(self, room: str) -> None:
        """Make an empty room; a second call for the same room does nothing."""
        ...

    async def close_room(self, room: str) -> None:
        """Close all transports of a room; idempotent."""
        ...

    async def publish(self, room: str, member: str, sdp: str, sources: Mapping[str, Source]) -> Answer:
        """Answer a browser's publish offer. `sources` maps mid -> source.

        A repeated call on a live transport renegotiates it (tracks added, removed, ICE restart); a new
        DTLS fingerprint replaces it.  Raises `BadInput("bad_sdp")` or `TooLarge("sdp_too_large")`.
        """
        ...

    async def subscribe(self, room: str, member: str, publications: Sequence[str], *, fresh: bool) -> SubscribeOffer:
        """Offer exactly these publications to a member; m-sections once offered stay, so mids are stable.

        The list is complete, not an addition: what it leaves out becomes inactive; unknown ids are passed over.

        `fresh` drops the member's former subscribing transport first (reload, new device).  A publication
        the audience does not grant now may be offered only if it was granted before (else `Refused("not_granted")`);
        nothing flows on it.  A transport that has failed gets new ICE credentials in the offer.
        """
        ...

    async def prepare(self, room: str, guest: str) -> SubscribeOffer:
        """Offer a connection to somebody who is no member: nothing flows on it, no event or load tells of it.

        `answer` takes the answer, `kick` ends it; by itself it ends after a while. The offer is the same whatever is
        published. A second call begins anew. `guest` is a name no member has. Raises `TooMany`.
        """
        ...

    async def expect(self, room: str, guest: str) -> None:
        """A guest is coming in, and is seated within a moment or not: pictures that begin from now on are theirs then.

        Not those of members who move meanwhile, and none when the guest moves. An unknown guest is no matter.
        """
        ...

    async def seat(self, room: str, guest: str, member: str) -> bool:
        """Make what was prepared for a guest the member's subscribing connection, in place of the former one.

        False when there is nothing that is connected: then the next offer is on a fresh one. What `subscribe` gives
        afterwards may bear the revision that was answered already: then nothing is to be negotiated, only `mids` are
        new, and what they name flows at once.
        """
        ...

    async def restart(self, room: str, member: str) -> bool:
        """Give the member's subscribing transport new ICE credentials on the same association, for the next offer.

        False when there is no transport that could go on: then only a fresh one helps.
        """
        ...

    async def answer(self, room: str, member: str, revision: int, sdp: str) -> None:
        """Take the browser's answer to the subscribe offer of that revision; older revisions are ignored."""
        ...

    async def trickle(self, room: str, member: str, direction: str, candidate: str) -> None:
        """Take a remote ICE candidate; an ICE-lite engine needs none and ignores it."""
        ...

    async def set_audience(self, room: str, audience: Audience, moved: frozenset[str] = frozenset()) -> None:
        """Fence: when this returns, no packet goes out to a receiver the new audience does not grant.

        `moved` have just changed their place: what they sent before is still on its way, and so is what was sent
        before to where they are now.  It reaches nobody whom only the new audience grants it.
        The recorder has by then been handed everything from before the fence.  An engine that cannot be sure that the
        fence holds cuts the room instead (`MediaLost`) and returns once nothing of it can flow any more.
        """
        ...

    async def mute(self, room: str, member: str, source: Source, *, muted: bool) -> None:
        """Forward nothing (RTP) of this source, to anybody, while muted; the publisher need not obey. A fence, too."""
        ...

    async def set_layer(self, room: str, member: str, publication: str, layer: str) -> None:
        """Prefer a simulcast layer ("high", "low", "off") for one subscription."""
        ...

    async def look(self, room: str, member: str, watching: Watching) -> None:
        """What this member looks at from now on; pictures nobody looks at are not sent, and no larger than looked at.

        Before the first call everything granted is sent at its best.  What a call does not name is sent small.  The
        line has the last word: voices first, then a shared screen, then whoever speaks, then the others.
        """
        ...

    async def kick(self, room: str, member: str) -> None:
        """Close both transports of a member at once; idempotent."""
        ...

    async def record(self, room: str, sink: PacketSink | None) -> None:
        """Attach the sink as the member "recorder"; the audience decides what it receives.

        None detaches: when this returns, the former sink has everything and is never called again.
        """
        ...

    async def overhear(self, room: str, member: str, sink: PacketSink | None) -> None:
        """The same for a member of this name, who is given voices alone (microphones): whoever writes captions."""
        ...

    def quality(self, room: str, member: str) -> MemberQuality | None:
        """How that member's line is now, or None before it is known."""
        ...

    def load(self) -> Load:
        """What the engine carries now."""
        ...
