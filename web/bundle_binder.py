"""`BundleBinder`: bundles made in a thread, with the page that opens without us; asks no rights, the services do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from mediation_server.at_rest.matter_keys import KeyStore
from mediation_server.bundle_writing import BundleShelves, Writing, written
from mediation_server.clock import Clock
from mediation_server.disk import free_bytes
from mediation_server.domain.bundle import Bundle, BundleOrder
from mediation_server.errors import Unavailable
from mediation_server.keyring import KeyRing
from mediation_server.services.making import Made, Told
from web.i18n import LANGUAGES
from web.setup import page_files
from web.verifier import verifier_page
from web.words import side_key

__all__ = ["BundleBinder", "bundle_pages"]

_STYLE = Path(__file__).parent / "static/css/bundle.css"
_TELL_BYTES = 64 << 20  # how much is written between two words about how far it is


class BundleBinder:
    """The `Binder` of the product, over the data directory."""

    def __init__(
        self, data_dir: Path, keys: KeyRing, clock: Clock, reserve: int = 0, opens: KeyStore | None = None
    ) -> None:
        """`reserve`: bytes of the disk that are left to recordings, whatever becomes of a bundle.

        `keys` sign a bundle, `opens` has what it is encrypted with.
        """
        self.shelves = BundleShelves(data_dir, opens)
        self._data, self._keys, self._clock, self._reserve = data_dir, keys, clock, reserve

    async def make(self, order: BundleOrder, bundle: Bundle, told: Told) -> Made:
        """Make it, or go on with it. Raises `Unavailable("bundle_no_room")`, `NotFound`, `OSError`."""
        stop = threading.Event()
        progress = _Progress(told, sum(each.bytes for each in bundle.files), self._has_room)
        work = asyncio.ensure_future(asyncio.to_thread(self._made, order, bundle, progress, stop))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait({work})
            if not work.cancelled():
                work.exception()
            raise

    async def open(self, order_id: str) -> tuple[BinaryIO, int]:
        """The file and its length in bytes. Raises `NotFound`."""
        return await asyncio.to_thread(self.shelves.open, order_id)

    async def discard(self, order_id: str) -> None:
        """Leave nothing of it; idempotent."""
        await asyncio.to_thread(self.shelves.discard, order_id)

    def _made(self, order: BundleOrder, bundle: Bundle, progress: _Progress, stop: threading.Event) -> Made:
        if not self._has_room(progress.total):
            raise Unavailable("bundle_no_room")
        signer = self._keys.signer(self._clock.now())
        writing = Writing(bundle, bundle_pages(order.language, bundle), signer)
        key = self.shelves.key(order)
        return Made(*written(self.shelves.of(order.id), writing, progress.reached, stop, key))

    def _has_room(self, wanted: int = 0) -> bool:
        return free_bytes(self._data) >= self._reserve + wanted


class _Progress:
    """Passes a thread's word on how far it is to the event loop, now and then."""

    def __init__(self, told: Told, total: int, has_room: Callable[[], bool]) -> None:
        self._told, self.total, self._has_room = told, total, has_room
        self._loop = asyncio.get_running_loop()
        self._last = -_TELL_BYTES

    def reached(self, done: int) -> None:
        """Called in the thread. Raises `Unavailable` when the disk has become too full."""
        if done - self._last < _TELL_BYTES:
            return
        self._last = done
        if not self._has_room():
            raise Unavailable("bundle_no_room")
        asyncio.run_coroutine_threadsafe(self._tell(done), self._loop).result()

    async def _tell(self, done: int) -> None:
        await self._told(min(done, self.total), self.total)


def bundle_pages(language: str, bundle: Bundle) -> Mapping[str, bytes]:
    """The page that opens without us, how it looks, and the verifier. Blocks."""
    known, _, templates = page_files()
    tr = known["en" if language == "en" else LANGUAGES[0]]
    media = {each.path: each.media_type for each in bundle.files}
    page = templates.get_template("bundle_index.html").render(
        t=tr.t, tr=tr, bundle=bundle, matter=bundle.matter, media=media, side_key=side_key
    )
    return {"index.html": page.encode(), "bundle.css": _STYLE.read_bytes(), "verify.html": verifier_page()}
