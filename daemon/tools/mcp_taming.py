"""What a stranger's server says, made harmless: names, descriptions, schemas, results.

Words of a description still reach the model, which may do what they say; that is why a tool asks
first unless the owner knows it, and why a description that changes is not believed (`memory.pins`).
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from daemon.tools.fitting import Fitting
from daemon.tools.mcp import NAME

DESCRIPTION: Final = 200
"""Characters of a tool's description."""

RESULT_BYTES: Final = 4 * 1024
"""Of a result; a model of this size would not read more in time."""

_SAID_BYTES: Final = 32 * 1024
"""Of all that a server says of one tool; more is not read."""

_PARTS: Final = 400
"""Parts of a schema, references followed: they may double with every level."""

_DEPTH: Final = 8
"""Levels of a schema."""

_HINT: Final = 80
"""Characters of the description of one argument."""

_WORD: Final = 64
"""Characters of an allowed value."""

_MARKUP: Final = re.compile(r"<[^<>]{0,200}>|[<>{}\[\]|`*#~^\\]|https?://[^\s)]+")
_TOKEN: Final = re.compile(
    r"<\|[^|<>]{0,40}\|>|</?(?:tool_call|tool_response|think)>", re.IGNORECASE
)
_PROPERTY: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)

# Left out, because each lets a stranger make our checks run for ever or say more than it needs:
# patterns (they backtrack), conditions, and everything that refers to other documents.
_NUMBERS: Final = frozenset(
    (
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    )
)


class Untamable(ValueError):
    """It cannot be made harmless; the text says why in words of ours, for a log."""


def tool_name(said: str) -> str:
    """What a tool is called here, without its server.

    Raises:
        Untamable: nothing is left of the name.
    """
    name = re.sub(r"[-. /]", "_", said[: _WORD + 1]).lower()
    if not NAME.fullmatch(name):
        raise Untamable("its name")
    return name


def plain(text: str, longest: int) -> str:
    """One line without markup, addresses and invisible characters."""
    visible = "".join(" " if _is_control(one) else one for one in text[: 8 * longest])
    line = " ".join(_MARKUP.sub(" ", visible).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def digest(name: str, description: str, schema: Mapping[str, Any]) -> str:
    """Identity of all that a server says of a tool.

    Raises:
        Untamable: it says too much.
    """
    try:
        said = json.dumps([name, description, schema], sort_keys=True)
    except (TypeError, ValueError, RecursionError) as error:
        raise Untamable("its schema") from error
    if len(said) > _SAID_BYTES:
        raise Untamable("its length")
    return hashlib.sha256(said.encode()).hexdigest()


def tamed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of an object with everything in it that we check, and nothing else.

    References into itself are replaced by what they lead to. The server checks the rest.

    Raises:
        Untamable: too large or deep, recursive, or it refers to another document.
    """
    root = _Schema(schema).part(schema, 0)
    if root.get("type", "object") != "object":
        raise Untamable("its schema")
    whole = {"type": "object", "properties": {}, **root}
    try:
        Fitting(whole)
    except ValueError as error:
        raise Untamable("its schema") from error
    return whole


class _Schema:
    """One schema while it is copied."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._parts = 0
        self._keepers: Mapping[str, Callable[[Any, int], Any]] = {
            "type": lambda value, _: _types(value),
            "description": lambda value, _: plain(str(value), _HINT) or None,
            "enum": lambda value, _: _words(value),
            "required": lambda value, _: _words(value),
            "const": lambda value, _: _word(value),
            "properties": self._properties,
            "items": self._or_false,
            "additionalProperties": self._or_false,
            "anyOf": self._choices,
            "oneOf": self._choices,
            "allOf": self._choices,
        }

    def part(self, said: object, depth: int) -> dict[str, Any]:
        self._parts += 1
        if self._parts > _PARTS or depth > _DEPTH:
            raise Untamable("the size of its schema")
        if isinstance(said, bool):
            return {} if said else {"not": {}}
        if not isinstance(said, Mapping):
            raise Untamable("its schema")
        if "$ref" in said:
            return self.part(self._target(said["$ref"]), depth + 1)
        kept: dict[str, Any] = {}
        for key, value in said.items():
            if (copied := self._keyword(key, value, depth)) is not None:
                kept[key] = copied
        return kept

    def _keyword(self, key: str, value: Any, depth: int) -> Any:
        """A keyword's value as it is kept; None when it is left out."""
        if key in _NUMBERS:
            return value if _is_number(value) else None
        keep = self._keepers.get(key)
        return keep(value, depth + 1) if keep is not None else None

    def _properties(self, value: object, depth: int) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Untamable("its schema")
        return {_property(name): self.part(one, depth) for name, one in value.items()}

    def _choices(self, value: object, depth: int) -> list[dict[str, Any]]:
        if not isinstance(value, list) or not value:
            raise Untamable("its schema")
        return [self.part(one, depth) for one in value]

    def _or_false(self, value: object, depth: int) -> Any:
        return False if value is False else self.part(value, depth)

    def _target(self, reference: object) -> object:
        if not isinstance(reference, str) or not reference.startswith("#/"):
            raise Untamable("a reference in its schema")
        target: object = self._root
        for step in reference[2:].split("/"):
            target = target.get(step) if isinstance(target, Mapping) else None
        return target


def result_text(texts: Sequence[str], structured: object, others: int) -> str:
    """What a server answered, as data for the model: bounded, and without control tokens.

    Args:
        texts: of its answer.
        structured: JSON of its answer, used when there are no texts.
        others: pictures, sounds and the like, which are left out.
    """
    text = "\n".join(one[:RESULT_BYTES] for one in texts)
    if not text and structured is not None:
        text = json.dumps(structured, ensure_ascii=False)
    kept = "".join(one for one in text[: 2 * RESULT_BYTES] if one == "\n" or not _is_control(one))
    cut = _TOKEN.sub("", kept).encode("utf-8", "replace")[:RESULT_BYTES]
    note = f"\n({others} parts that are no text were left out)" if others else ""
    return cut.decode("utf-8", "ignore") + note


def _types(value: object) -> object:
    known = {"string", "number", "integer", "boolean", "array", "object", "null"}
    types = value if isinstance(value, list) else [value]
    if not types or not all(isinstance(one, str) and one in known for one in types):
        raise Untamable("its schema")
    return value


def _property(name: object) -> str:
    if not isinstance(name, str) or not _PROPERTY.fullmatch(name):
        raise Untamable("the name of an argument")
    return name


def _words(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise Untamable("its schema")
    return [_word(one) for one in value]


def _word(value: object) -> Any:
    if isinstance(value, str):
        if len(value) > _WORD or plain(value, _WORD) != " ".join(value.split()):
            raise Untamable("an allowed value")
    elif not (value is None or isinstance(value, bool) or _is_number(value)):
        raise Untamable("an allowed value")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _is_control(one: str) -> bool:
    # Cc control, Cf invisible (also what turns the direction of writing), Cs, Co, Cn no character.
    return unicodedata.category(one)[0] == "C"
