"""How the Chromium of tests and benchmarks is started: one list for all; knows no page and no person."""

from __future__ import annotations

__all__ = ["FLAGS", "PROGRAM"]

PROGRAM = "/usr/bin/chromium"
FLAGS = (
    # in a container, without a screen, asking nobody outside
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # a camera and a microphone that are always there and always allowed, on this machine only
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    # several windows at once, each as awake as the one in front
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
)
