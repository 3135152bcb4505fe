from collections.abc import Sequence

from mediation_server.media.embedded.gso import Receiver
from mediation_server.media.embedded.ice import Address
from mediation_server.media.embedded.rtp import RtpHeader

def bind(srtp_protect: int, srtp_unprotect: int, header: type[RtpHeader], /) -> None: ...
def fan_out(
    fd: int,
    segments: bool,
    packets: tuple[bytes, ...],
    payload_type: int,
    tag: int,
    codec: int,
    addresses: dict[Address, bytes],
    receivers: list[Receiver],
    /,
) -> tuple[int, list[int], tuple[int, int, int]]: ...
def open_train(
    context: int,
    memory: memoryview | bytearray,
    slot: int,
    first: int,
    sizes: list[int],
    number: int,
    twcc_id: int,
    codec: int,
    /,
) -> tuple[list[bytes], list[int], int, int]: ...
def parse(packet: bytes | memoryview, size: int, /) -> RtpHeader: ...
def receive(
    fd: int, memory: memoryview | bytearray, slot: int, /
) -> tuple[int, Sequence[tuple[bytes, int, list[int], *tuple[int, ...]]]]: ...
