"""Fields that do not depend on one another are all checked, so that every mistake is told at once; knows no field."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import ParamSpec, Self, TypeVar, cast

from mediation_server.errors import BadInput

__all__ = ["Together"]

_Given = ParamSpec("_Given")
_Value = TypeVar("_Value")


class Together:
    """Tries every check; leaving the block raises the first `BadInput`, with the others in its `also`.

    What is made of the values is made after the block, where all of them are there.
    """

    def __init__(self) -> None:
        self._wrong: list[BadInput] = []

    def __enter__(self) -> Self:
        return self

    def __call__(self, check: Callable[_Given, _Value], *args: _Given.args, **kwargs: _Given.kwargs) -> _Value:
        """What the check gives; None after a mistake, which nobody reads: the block ends with it."""
        try:
            return check(*args, **kwargs)
        except BadInput as problem:
            self._wrong += problem.all
            return cast("_Value", None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, BadInput):
            self._wrong += error.all
        elif error is not None:
            return
        if self._wrong:
            raise self._wrong[0].beside(self._wrong[1:]) from None
