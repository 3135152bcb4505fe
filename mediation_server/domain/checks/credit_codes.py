"""Unified social credit codes (统一社会信用代码) of organisations: letters and both check digits; knows no register.

Source: GB 32100 for the eighteenth place, GB 11714 for the seventeenth, which closes the organisation code in it.
"""

from __future__ import annotations

from mediation_server.domain.checks.texts import compact
from mediation_server.errors import BadInput

__all__ = ["credit_code"]

_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I O S V Z: they look like digits
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_BODY_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PLACES = 18
_BODY = slice(8, 16)
_BODY_CHECK = 16


def credit_code(text: str, *, field: str = "credit_code") -> str:
    """The code in capital letters.

    Raises `BadInput` with a code that says what is wrong: `required`, `credit_code_length`, `credit_code_letters`,
    `credit_code_check`.
    """
    code = compact(text, field=field).upper()
    if not code:
        raise BadInput("required", field=field)
    if len(code) != _PLACES:
        raise BadInput("credit_code_length", field=field, places=len(code))
    if any(each not in _LETTERS for each in code):
        raise BadInput("credit_code_letters", field=field)
    if code[-1] != _check(code) or code[_BODY_CHECK] != _body_check(code):
        raise BadInput("credit_code_check", field=field)
    return code


def _check(code: str) -> str:
    total = sum(_LETTERS.index(each) * weight for each, weight in zip(code, _WEIGHTS, strict=False))
    return _LETTERS[-total % 31]


def _body_check(code: str) -> str:
    total = sum(_BODY_LETTERS.index(each) * weight for each, weight in zip(code[_BODY], _BODY_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]
