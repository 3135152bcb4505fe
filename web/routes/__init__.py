"""The handlers: each parses, calls one service and renders."""

from __future__ import annotations

from web.routes import (
    admin,
    audit,
    calendar,
    court,
    demo,
    enter,
    entry,
    health,
    home,
    join,
    lists,
    material_files,
    material_forms,
    materials,
    matters,
    my,
    period,
    recordings,
    seats,
    sessions,
    statistics,
    viewings,
)

__all__ = ["ROUTES"]

ROUTES = (
    entry.routes,
    enter.routes,
    demo.routes,
    home.routes,
    my.routes,
    lists.routes,
    matters.routes,
    period.routes,
    materials.routes,
    material_forms.routes,
    material_files.routes,
    calendar.routes,
    sessions.routes,
    join.routes,
    seats.routes,
    recordings.routes,
    viewings.routes,
    statistics.routes,
    admin.routes,
    audit.routes,
    health.routes,
    court.routes,
)
