"""Amounts of money: whole fen, read from what people type and written out in capital numerals (大写); CNY only.

Source of the capitals: 支付结算办法, annex 1 (正确填写票据和结算凭证的基本规定).
"""

from __future__ import annotations

import re

from mediation_server.domain.checks.texts import one_code
from mediation_server.errors import BadInput

__all__ = ["MOST_FEN", "amount", "capitals", "fen_of_capitals", "plain_amount"]

MOST_FEN = 999_999_999_999_99  # below 一万亿元: four places for each of 亿, 万, 元
_TYPED = re.compile(
    r"(?:CNY|RMB|人民币|[¥￥])?(?P<yuan>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<fen>\d+))?(?P<unit>万)?元?", re.ASCII
)
_MOST_TYPED = 40

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")
_HUNDRED, _GROUP = 100, 10_000
_WHOLE = "人民币"
_WRITTEN = re.compile(
    r"(?:人民币)?(?:(?P<yuan>[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+)元)?零?"
    r"(?:(?P<jiao>[壹贰叁肆伍陆柒捌玖])角)?零?(?:(?P<fen>[壹贰叁肆伍陆柒捌玖])分)?整?"
)


def amount(text: str, *, field: str = "amount", least: int = 1) -> int:
    """Fen of what was typed: `86000`, `86 000.00`, `¥86,000`, `8.6万元`.

    Raises `BadInput`: `required`, `amount_form`, `amount_fen` (more than two places), `amount_small`, `amount_large`.
    """
    found = _TYPED.fullmatch(one_code(text, field=field, most=_MOST_TYPED))
    if found is None:
        raise BadInput("amount_form", field=field)
    places, shown = (6, found["fen"] or "") if found["unit"] else (2, found["fen"] or "")
    if len(shown.rstrip("0")) > places:
        raise BadInput("amount_fen", field=field)
    fen = int(found["yuan"].replace(",", "") + shown[:places].ljust(places, "0"))
    if fen < least:
        raise BadInput("amount_small", field=field, least=plain_amount(least))
    if fen > MOST_FEN:
        raise BadInput("amount_large", field=field)
    return fen


def plain_amount(fen: int) -> str:
    """`86000.00`, as it is typed back into a field."""
    return f"{fen // _HUNDRED}.{fen % _HUNDRED:02}"


def capitals(fen: int) -> str:
    """`人民币捌万陆仟元整`. Raises `ValueError` outside 0 … `MOST_FEN`: a bug, amounts are checked before."""
    if not 0 <= fen <= MOST_FEN:
        raise ValueError("an amount out of range")
    yuan, rest = divmod(fen, _HUNDRED)
    jiao, cents = divmod(rest, 10)
    written = _WHOLE + (f"{_number(yuan)}元" if yuan or not rest else "")
    if not rest:
        return written + "整"
    # 零 stands for the missing 角, but not where nothing was written before it.
    gap = "零" if yuan and not jiao else ""
    return written + gap + (f"{_DIGITS[jiao]}角" if jiao else "") + (f"{_DIGITS[cents]}分" if cents else "整")


def fen_of_capitals(text: str, *, field: str = "amount") -> int:
    """Fen of an amount in capitals. Raises `BadInput("amount_capitals")` for anything that is not one."""
    written = one_code(text, field=field, most=_MOST_TYPED * 2)
    found = _WRITTEN.fullmatch(written)
    if found is None or not any(found.groups()):
        raise BadInput("amount_capitals", field=field)
    yuan = _value(found["yuan"] or "零")
    fen = yuan * _HUNDRED + 10 * _DIGITS.index(found["jiao"] or "零") + _DIGITS.index(found["fen"] or "零")
    # Whoever wrote it any other way made a slip: the words must be those we would print, optional marks aside.
    if fen > MOST_FEN or _bare(capitals(fen)) != _bare(written):
        raise BadInput("amount_capitals", field=field)
    return fen


def _number(value: int) -> str:
    """A whole number below 10^12; one 零 for each run of empty places between written ones."""
    written, owed = "", False
    for power in range(11, -1, -1):
        digit = value // 10**power % 10
        if digit:
            written += ("零" if owed and written else "") + _DIGITS[digit] + _PLACES[power % 4]
            owed = False
        else:
            owed = True
        if power % 4 == 0 and value // 10**power % _GROUP:
            written += _GROUPS[power // 4]
            owed = owed and power > 0 and not _full(value, power)
    return written or "零"


def _full(value: int, power: int) -> bool:
    """Whether the group below begins with a written place: 壹拾万柒仟 wants no 零, 壹拾万零柒佰 does."""
    below: int = value // 10 ** (power - 1) % 10
    return below != 0


def _value(written: str) -> int:
    """The number behind capitals; nonsense gives some number, which is then not written like this."""
    total = group = digit = 0
    for each in written:
        if each in _DIGITS:
            digit = _DIGITS.index(each)
        elif each in _PLACES:
            group, digit = group + digit * 10 ** _PLACES.index(each), 0
        else:
            total, group, digit = total + (group + digit) * _GROUP ** _GROUPS.index(each), 0, 0
    return total + group + digit


def _bare(written: str) -> str:
    """Without what may be left out or added: 人民币, 整, and every 零."""
    return re.sub("人民币|整|零", "", written)
