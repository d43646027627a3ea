"""The sandbox of expressions: plain values, and work that comes to an end soon.

Owners write the files, but a mistake in one must cost an expression and not the daemon.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST: Final = 2_000
"""Characters of a text, before and after its references are filled in; items of a list."""

_BITS: Final = 256
"""Of a number that is multiplied or raised."""

_WIDE: Final = re.compile(r"\*|\d{3,}")
"""Widths and precisions in a %-format that nobody speaks."""

_WIDENING: Final = frozenset(("center", "ljust", "rjust", "zfill", "expandtabs"))
"""Methods of texts that make a text of any length."""

_PADDING: Final = ("batch", "center", "format", "indent", "slice", "tojson")
"""Filters that do; "%" formats too, and there its widths are looked at."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Refuses what would take hours or all memory."""

    intercepted_binops = frozenset(("*", "**", "%"))

    def __init__(self) -> None:
        """Without globals: a range of a billion items is no plain value."""
        super().__init__(undefined=StrictUndefined, autoescape=False)
        self.globals.clear()
        for name in _PADDING:
            del self.filters[name]

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """See `jinja2.sandbox.SandboxedEnvironment`."""
        if not _ALLOWED[operator](left, right):
            raise SecurityError(f"the result of {operator} would be too large")
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """See `jinja2.sandbox.SandboxedEnvironment`."""
        if super().wrap_str_format(value) is not None:
            raise SecurityError("format may make a text of any length")
        return None

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """See `jinja2.sandbox.SandboxedEnvironment`."""
        return super().is_safe_attribute(obj, attr, value) and not (
            isinstance(obj, str) and attr in _WIDENING
        )


def _may_multiply(left: Any, right: Any) -> bool:
    if isinstance(left, int) and isinstance(right, int):
        return left.bit_length() + right.bit_length() <= _BITS
    for many, times in ((left, right), (right, left)):
        if isinstance(times, int) and isinstance(many, str | list | tuple):
            return len(many) * times <= LONGEST
    return True


def _may_raise(left: Any, right: Any) -> bool:
    both = isinstance(left, int) and isinstance(right, int)
    return not both or left.bit_length() * right <= _BITS


def _may_format(left: Any, _: Any) -> bool:
    return not (isinstance(left, str) and _WIDE.search(left))


_ALLOWED: Final = {"*": _may_multiply, "**": _may_raise, "%": _may_format}
