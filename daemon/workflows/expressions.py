"""References in workflow files: Jinja expressions, in a sandbox, over plain data.

Owners write the expressions; what they refer to comes from people, devices and tools. A value is
only ever inserted: it is never read as an expression itself.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError, meta, nodes

from daemon.workflows.sandbox import LONGEST, Sandbox

_NAMES: Final = frozenset(("asked", "area", "now", "home", "steps"))
"""What an expression may refer to."""

_QUOTED: Final = 200
"""Characters of a text that are told with what is wrong in it."""

_WHOLE: Final = re.compile(r"^\s*\{\{(?P<inner>(?:(?!\}\}).)*)\}\}\s*$", re.DOTALL)


class ExpressionFailed(Exception):
    """An expression cannot be read, or refers to something that is not there."""


_SANDBOX: Final = Sandbox()

_BROKEN: Final = (
    *(TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError),
    *(RecursionError, MemoryError, SyntaxError),
)
"""What reading an expression or working it out may raise; the last three when it is too deep."""


class Expression:
    """One expression, such as "steps.doors.value.matched | length > 0"."""

    def __init__(self, text: str) -> None:
        """Read it.

        Raises:
            ExpressionFailed: it cannot be read, or refers to a name that does not exist.
        """
        self._text = text
        self.steps = _steps_in("{{ " + text + " }}")
        """The steps that it refers to."""

    def value(self, context: Mapping[str, Any]) -> Any:
        """What it comes to.

        Raises:
            ExpressionFailed: it refers to something that is not there.
        """
        try:
            return _SANDBOX.compile_expression(self._text, undefined_to_none=False)(**context)
        except _BROKEN as error:
            raise ExpressionFailed(
                f"{self._text!r} cannot be worked out: {_reason(error)}"
            ) from error


def expressions_in(text: str) -> frozenset[str]:
    """The steps that a text with references refers to.

    Raises:
        ExpressionFailed: a reference cannot be read, or refers to a name that does not exist.
    """
    return _steps_in(text)


def filled(value: Any, context: Mapping[str, Any]) -> Any:
    """A value with every reference in it filled in; a text that is one reference keeps its type.

    Raises:
        ExpressionFailed: a reference refers to something that is not there.
    """
    if isinstance(value, str):
        return _filled_text(value, context)
    if isinstance(value, Mapping):
        return {key: filled(inner, context) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, context) for inner in value]
    return value


def _filled_text(text: str, context: Mapping[str, Any]) -> Any:
    if "{" not in text:
        return text
    if whole := _WHOLE.match(text):
        value = Expression(whole["inner"].strip()).value(context)
        if isinstance(value, StrictUndefined):
            raise ExpressionFailed(f"{text!r} refers to something that is not there")
        if not _is_plain(value):
            raise ExpressionFailed(f"{text!r} comes to no plain value")
        return value
    try:
        return _SANDBOX.from_string(text).render(**context)[:LONGEST]
    except _BROKEN as error:
        raise ExpressionFailed(f"{text!r} cannot be filled in: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    """In one line: where in the text it was, some tell in several."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def _is_plain(value: object) -> bool:
    """Whether it can be written down with the step that it is for."""
    try:
        return bool(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return False


def _steps_in(text: str) -> frozenset[str]:
    if len(text) > LONGEST:
        raise ExpressionFailed(f"a text of more than {LONGEST} characters")
    try:
        tree = _SANDBOX.parse(text)
        # This generates code, which is where an unknown filter or too much depth shows.
        unknown = meta.find_undeclared_variables(tree) - _NAMES
        compile(_SANDBOX.compile(tree, raw=True), "", "exec")
        steps = {str(one.attr) for one in tree.find_all(nodes.Getattr) if _is_steps(one.node)}
    except _BROKEN as error:
        raise ExpressionFailed(f"{text[:_QUOTED]!r}: {_reason(error)}") from error
    if unknown:
        raise ExpressionFailed(f"{text!r} refers to {min(unknown)!r}, which does not exist")
    return frozenset(steps)


def _is_steps(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "steps"
