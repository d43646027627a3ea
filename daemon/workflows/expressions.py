"""References in workflow files: Jinja expressions, in a sandbox, over plain data.

Owners write the expressions; what they refer to comes from people, devices and tools. A value is
only ever inserted: it is never read as an expression itself.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

_NAMES: Final = frozenset(("asked", "area", "now", "home", "steps"))
"""What an expression may refer to."""

_LONGEST: Final = 2_000
"""Characters of a text, before and after its references are filled in."""

_WHOLE: Final = re.compile(r"^\s*\{\{(?P<inner>(?:(?!\}\}).)*)\}\}\s*$", re.DOTALL)


class ExpressionFailed(Exception):
    """An expression cannot be read, or refers to something that is not there."""


_SANDBOX = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
# A range of a billion items is the one way to do endless work in an expression.
_SANDBOX.globals.clear()


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
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise ExpressionFailed(f"{self._text!r} cannot be worked out: {error}") from error


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
        return value
    try:
        return _SANDBOX.from_string(text).render(**context)[:_LONGEST]
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise ExpressionFailed(f"{text!r} cannot be filled in: {error}") from error


def _steps_in(text: str) -> frozenset[str]:
    if len(text) > _LONGEST:
        raise ExpressionFailed(f"a text of more than {_LONGEST} characters")
    try:
        tree = _SANDBOX.parse(text)
    except TemplateError as error:
        raise ExpressionFailed(f"{text!r}: {error}") from error
    if unknown := meta.find_undeclared_variables(tree) - _NAMES:
        raise ExpressionFailed(f"{text!r} refers to {min(unknown)!r}, which does not exist")
    return frozenset(
        str(name.attr)
        for name in tree.find_all(nodes.Getattr)
        if isinstance(name.node, nodes.Name) and name.node.name == "steps"
    )
