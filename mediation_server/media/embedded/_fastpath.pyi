from collections.abc import Sequence
from typing import Any

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
    audience: Any,
    /,
) -> tuple[int, list[int], tuple[int, int, int]] | None: ...
def gather(addresses: dict[Address, bytes], receivers: list[Receiver], /) -> Any: ...
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
    fd: int, memory: memoryview | bytearray, slot: int, known: dict[bytes, Address], /
) -> tuple[int, Sequence[tuple[Address | bytes, int, list[int], int, bool, int, int, int, int]]]: ...
