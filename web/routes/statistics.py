"""The operator's statistics: a page that can be read as it is, and the same figures for the script that renews them."""

from __future__ import annotations

from aiohttp import web

from mediation_server.domain.people import Role
from mediation_server.services import operating
from mediation_server.services.operating import LEVELS, Figures, RoomFigures
from web.app_keys import CONTEXT, VITALS
from web.i18n import Translator
from web.identity import signed_in
from web.render import render, translator
from web.views.statistics import OK, Board, Figure, board_of

__all__ = ["routes"]

routes = web.RouteTableDef()
_NO_BREAK = "\N{NO-BREAK SPACE}"
_MIB, _GIB = 2**20, 2**30
_MINUTE_S, _HOUR_S = 60, 3600
_SIGNS = {"percent": "%"}

Told = dict[str, object]


@routes.get("/statistics")
async def statistics(request: web.Request) -> web.StreamResponse:
    """How this server is; for administrators alone."""
    user = await signed_in(request, Role.ADMIN)
    board, told = await _told(request)
    metrics = request.config_dict[VITALS].metrics_url
    return render(request, "statistics.html", user=user, nav="statistics", board=board, told=told, metrics_url=metrics)


@routes.get("/api/statistics")
async def renewed(request: web.Request) -> web.StreamResponse:
    """The figures of now, worded; asked for every few seconds by the page."""
    await signed_in(request, Role.ADMIN)
    _, told = await _told(request)
    return web.json_response(told)


async def _told(request: web.Request) -> tuple[Board, Told]:
    """The figures of now and how they read in this reader's language."""
    now = await operating.figures(request.config_dict[CONTEXT], request.config_dict[VITALS])
    board = board_of(now)
    return board, _worded_board(translator(request), now, board)


def _worded_board(tr: Translator, now: Figures, board: Board) -> Told:
    return {
        "at": f"{tr.clock(now.at)}:{now.at.second:02}",
        "overall": _overall(tr, board),
        "advice": tr.t(f"statistics.advice_{now.key_trouble}") if now.key_trouble else "",
        "figures": {figure.name: [_worded(tr, figure), figure.level] for figure in board.figures},
        "tables": {
            "rooms": [_room(tr, room) for room in board.rooms],
            "drops": [[_reason(tr, reason), reason, _number(count)] for reason, count in board.drops],
            "layers": [[_layer(tr, layer), _number(count)] for layer, count in board.layers],
        },
        "spread": [[each.level, each.people, each.x, each.width] for each in board.spread],
    }


def _overall(tr: Translator, board: Board) -> list[str]:
    wanting = board.wanting
    if not wanting:
        return [OK, tr.t("statistics.all_well")]
    names = tr.t("statistics.comma").join(tr.t(f"statistics.name_{each.name}") for each in wanting)
    return [wanting[0].level, tr.t("statistics.look_at", names=names)]


def _worded(tr: Translator, figure: Figure) -> str:
    """A figure with its unit."""
    value = figure.value
    if value is None:
        return tr.t("statistics.not_known")
    if isinstance(value, str):
        return tr.t(f"statistics.word_{value}")
    if figure.unit == "seconds":
        return _ago(tr, int(value))
    return _measured(value, figure.unit)


def _measured(value: float, unit: str) -> str:
    """A figure that reads the same in every language."""
    if unit == "number":
        return _number(int(value))
    if unit == "bytes":
        unit = "GiB" if value >= _GIB else "MiB"
    size = {"GiB": 1 / _GIB, "MiB": 1 / _MIB, "ms": 1000, "percent": 100}[unit]
    return f"{value * size:.1f}{_NO_BREAK}{_SIGNS.get(unit, unit)}"


def _ago(tr: Translator, seconds: int) -> str:
    for unit, size in (("hours", _HOUR_S), ("minutes", _MINUTE_S), ("seconds", 1)):
        if seconds >= size:
            return tr.t(f"statistics.{unit}", n=seconds // size)
    return tr.t("statistics.seconds", n=0)


def _number(value: int) -> str:
    return f"{value:,}".replace(",", _NO_BREAK)


def _room(tr: Translator, room: RoomFigures) -> list[str]:
    """Phase, people, since when, recorded or not, lines; no name, no matter."""
    known = [(level, room.lines.get(level, 0)) for level in LEVELS]
    lines = (tr.t(f"statistics.line_{level}", n=count) for level, count in known if count)
    return [
        tr.t(f"statistics.phase_{room.phase}"),
        _number(room.people),
        tr.clock(room.since) if room.since else tr.t("statistics.not_yet"),
        tr.t("statistics.recorded" if room.recording else "statistics.unrecorded"),
        tr.t("statistics.comma").join(lines) or tr.t("statistics.nobody"),
    ]


def _reason(tr: Translator, reason: str) -> str:
    key = f"drop.{reason}"
    return tr.t(key) if key in tr.texts else reason


def _layer(tr: Translator, layer: str) -> str:
    key = f"layer.{layer}"
    return tr.t(key) if key in tr.texts else layer
