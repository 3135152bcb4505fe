from collections.abc import Sequence

from mediation_server.media.embedded.rtp import RtpHeader
from mediation_server.media.embedded.runs import Rewriting, Run

def bind(srtp_protect: int, header: type[RtpHeader], /) -> None: ...
def fan_out(
    fd: int,
    segments: bool,
    run: Run,
    receivers: list[tuple[int, bytes, Rewriting]],
    /,
) -> tuple[int, list[int]]: ...
def parse(packet: bytes | memoryview, size: int, /) -> RtpHeader: ...
def receive(fd: int, memory: memoryview, slot: int, /) -> Sequence[tuple[int, bytes]]: ...
