"""`FirstDays`: data directories as the first start of the demo leaves them, made once in some minutes and then copied.

A first start takes seconds, most of them for a recording that is the same each time; what it is, tests of its own say.
"""

import asyncio
import itertools
import shutil
import sys
import time

_FRESH_S = 240.0  # the demo has a sitting that begins ten minutes after its first start
_MAKE = """
import asyncio, sys
from pathlib import Path
from mediation_server.clock import SystemClock
from mediation_server.config import Settings
from mediation_server.demo import first_start
asyncio.run(first_start(Settings(demo=True, data_dir=Path(sys.argv[1])), SystemClock()))
"""


class FirstDays:
    """Keeps them below a directory; the newest is copied."""

    def __init__(self, root):
        self._places = (root / str(number) for number in itertools.count())
        self._newest, self._made_at = None, 0.0

    async def lay(self, target):
        """Put one at `target`, which must not exist; it is a few minutes old at most."""
        if self._newest is None or time.monotonic() - self._made_at > _FRESH_S:
            begun, place = time.monotonic(), next(self._places)
            process = await asyncio.create_subprocess_exec(sys.executable, "-c", _MAKE, str(place))
            try:
                assert await process.wait() == 0
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            self._newest, self._made_at = place, begun
        await asyncio.to_thread(shutil.copytree, self._newest, target)
        return target
