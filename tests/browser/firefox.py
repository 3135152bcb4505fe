"""A person in front of a real Firefox, whose pages are driven like those of Chromium; knows no page of ours."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.browser import bidi
from tests.browser.likeness import Likeness
from tests.browser.people import WATCH_CONNECTIONS

PREFERENCES = {
    # a camera and a microphone that are always there and always allowed
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    # a loudspeaker that is always there, else nothing that listens gets going
    "media.cubeb.force_mock_context": True,
    # media on loopback; a page that may not use the devices would be kept to the address of the default route
    "media.peerconnection.ice.loopback": True,
    "permissions.default.camera": 1,
    "permissions.default.microphone": 1,
    # what the sockets of a page say, which the locale of a Playwright context leaves alone
    "intl.accept_languages": "zh-CN, zh",
    # asking nobody outside
    "services.settings.server": "data:,",
    "app.normandy.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
}


@asynccontextmanager
async def sitting_at_firefox(likeness: Likeness, directory: Path, **options: object) -> AsyncIterator[Page]:
    """A window of its own process and profile; options as in `people`.

    The voice is the likeness's tone. The picture is Firefox's own: plain, wandering through the colours.
    """
    program = directory / "firefox.sh"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{bidi.__file__}" "$@"\n')
    program.chmod(0o755)
    options = {"locale": "zh-CN", "viewport": {"width": 1280, "height": 800}, **options}
    async with async_playwright() as playwright:
        context = await playwright.firefox.launch_persistent_context(
            str(directory / f"firefox-{likeness.name}"),
            channel="moz-firefox",
            executable_path=program,
            headless=True,
            firefox_user_prefs=PREFERENCES | {"media.navigator.audio.fake_frequency": likeness.tone_hz},
            ignore_https_errors=True,
            **options,
        )
        await context.add_init_script(WATCH_CONNECTIONS)
        try:
            yield context.pages[0]
        finally:
            await context.close()
