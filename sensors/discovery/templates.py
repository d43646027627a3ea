"""Templates of announcements: what a device's messages mean, and how to write to it.

Nearly all of them look up one value, "{{ value_json.temperature | float }}". Those never see
Jinja: they become a path of keys and a few functions. All others run in the sandbox.
"""

import ast
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from jinja2 import TemplateError, Undefined
from jinja2.environment import Template as JinjaTemplate

from sensors.discovery import sandbox, template_filters
from sensors.events import SensorError

MAX_SOURCE = 4_096
"""Characters of a template; the longest of zigbee2mqtt's have about 600."""

MAX_MESSAGE = 65_536
"""Bytes of a state message that are looked at."""

_ENVIRONMENT = sandbox.environment(
    template_filters.FILTERS_OF_OURS, template_filters.TESTS_OF_OURS, template_filters.FUNCTIONS
)


class BrokenTemplate(SensorError):
    """A template cannot be understood, or does what it may not."""


class Message:
    """What a device sent, read as text and, once somebody asks, as JSON."""

    __slots__ = ("_json", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._json: Any = _UNREAD

    @property
    def json(self) -> Any:
        """The JSON value; `jinja2.Undefined` when it is none."""
        if self._json is _UNREAD:
            try:
                self._json = _JSON.decode(self.text)
            except (ValueError, RecursionError):
                self._json = Undefined(name="value_json")
        return self._json


# One message is read by all entities of its device, one after the other.
@lru_cache(maxsize=8)
def message(payload: bytes) -> Message | None:
    """A payload as templates see it; None when it is too long or no text."""
    if len(payload) > MAX_MESSAGE:
        return None
    try:
        return Message(payload.decode("utf-8-sig").strip())
    except UnicodeDecodeError:
        return None


class Template(Protocol):
    """A template that can be understood."""

    def read(self, of: Message, names: Mapping[str, object]) -> str | None:
        """What it makes of a message; None when it fails.

        Args:
            of: its `value` and `value_json`.
            names: further values.
        """

    def write(self, names: Mapping[str, object]) -> str | None:
        """What it makes of values; None when it fails."""


@lru_cache(maxsize=2_048)
def compiled(source: str) -> Template:
    """A template, ready to use.

    Raises:
        BrokenTemplate: it is too long, no Jinja, or does what it may not.
    """
    if len(source) > MAX_SOURCE:
        raise BrokenTemplate(f"longer than {MAX_SOURCE} characters")
    path = _path(source)
    if path is not None:
        return path
    try:
        return _Jinja(sandbox.prepared(_ENVIRONMENT, source))
    except (TemplateError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BrokenTemplate(_reason(error)) from error


def _reason(error: Exception) -> str:
    # Jinja's own texts quote the template, which is a stranger's.
    known = isinstance(error, sandbox.TemplateRefused)
    return str(error) if known else f"no valid Jinja ({type(error).__name__})"


@dataclass(frozen=True, slots=True)
class _Jinja:
    template: JinjaTemplate

    def read(self, of: Message, names: Mapping[str, object]) -> str | None:
        return self._rendered({**names, "value": of.text, "value_json": of.json}, len(of.text))

    def write(self, names: Mapping[str, object]) -> str | None:
        return self._rendered(names, 0)

    def _rendered(self, names: Mapping[str, object], size: int) -> str | None:
        try:
            return sandbox.rendered(self.template, names, size).strip()
        except Exception:  # noqa: BLE001  (strangers' code: it may raise whatever there is)
            return None


@dataclass(frozen=True, slots=True)
class _Path:
    """A lookup.

    Attributes:
        json: whether it starts at `value_json` and not at `value`.
        keys: from there.
        then: functions of the value, in order.
    """

    json: bool
    keys: tuple[str | int, ...]
    then: tuple[Callable[[Any], Any], ...]

    def read(self, of: Message, names: Mapping[str, object]) -> str | None:  # noqa: ARG002
        return self._found(of.json if self.json else of.text)

    def write(self, names: Mapping[str, object]) -> str | None:
        missing = Undefined(name="value")
        return self._found(names.get("value_json" if self.json else "value", missing))

    def _found(self, node: Any) -> str | None:
        try:
            for key in self.keys:
                try:
                    node = node[key]
                except (LookupError, TypeError):
                    node = Undefined(name="value")
            for function in self.then:
                node = function(node)
            text = str(node)
        except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError):
            return None
        return text.strip() if len(text) <= sandbox.MAX_TEXT else None


_LOOKUP = re.compile(
    r"""\{\{-?\s*value(?P<json>_json)?
    (?P<keys>(?:\.[A-Za-z][A-Za-z0-9_]*|\[(?:'[^'\\\n]*'|"[^"\\\n]*"|[0-9]{1,4})\])*)
    (?P<then>(?:\s*\|\s*[a-z_]+\s*(?:\(\s*-?[0-9.]{0,8}\s*\))?)*)\s*-?\}\}""",
    re.VERBOSE,
)
_KEY = re.compile(r"""\.(\w+)|\[('[^']*'|"[^"]*"|[0-9]+)\]""")
_THEN = re.compile(r"\|\s*([a-z_]+)\s*(?:\(\s*(-?[0-9.]*)\s*\))?")

_QUICK: Mapping[str, Callable[..., Any]] = {
    "float": template_filters.to_float,
    "int": template_filters.to_int,
    "round": template_filters.rounded,
    "is_defined": template_filters.is_defined,
}
"""Filters of a lookup, with one number as argument at the most."""

_METHODS = frozenset(name for kind in (dict, list, str, int, float) for name in dir(kind))
"""After a dot these mean Python's methods, not keys."""


def _path(source: str) -> _Path | None:
    """The lookup that a template is, None if it is more."""
    match = _LOOKUP.fullmatch(source.strip())
    if match is None:
        return None
    keys = []
    for dotted, quoted in _KEY.findall(match["keys"]):
        key = dotted or ast.literal_eval(quoted)
        if key in _METHODS:
            return None
        keys.append(key)
    then = [_quick(name, argument) for name, argument in _THEN.findall(match["then"])]
    if None in then:
        return None
    return _Path(bool(match["json"]), tuple(keys), tuple(filter(None, then)))


def _quick(name: str, argument: str) -> Callable[[Any], Any] | None:
    function = _QUICK.get(name)
    if function is None or not argument:
        return function
    try:
        number = ast.literal_eval(argument)
    except (ValueError, SyntaxError):
        return None
    return None if name == "is_defined" else lambda value: function(value, number)


_UNREAD: Any = object()
_JSON = json.JSONDecoder(parse_constant=lambda _: None)
