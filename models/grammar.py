"""What a mind may write when it chooses a tool: JSON Schemas as one grammar of llama.cpp (GBNF).

A call is a line, a name and its arguments as JSON without spaces:

    HassTurnOn {"area":"Kitchen","domain":"light"}

That no tool is called, `NONE`, is no part of the grammar: it is what a call is weighed against.

llama_cpp brings a converter for schemas. It is not used here: it allows white space everywhere, so
that nothing is ever forced and each forced token costs a run of the model; its strings have no end;
and the schemas may be a stranger's, while it follows whatever they ask for.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from models.ports import Offer

NONE: Final = "none"
"""What is written when no tool does what was asked for."""

_LETTERS: Final = 80
"""Of a free string; what somebody says in one breath."""

_ITEMS: Final = 8
"""Of an array."""

_CHOICES: Final = 256
_PROPERTIES: Final = 32
_DEPTH: Final = 5
_RULES: Final = 4_000
"""Bounds of a schema; one beyond them is refused, since nobody speaks such a call."""


class NotExpressible(ValueError):
    """A schema that no bounded grammar can be made of; the text says why, without its content."""


def grammar(offers: Sequence[Offer], words: str) -> str:
    """A grammar of all calls of the tools.

    Args:
        offers: the tools.
        words: what was said; a string marked `"spoken": true` is made of consecutive words of it.

    Raises:
        NotExpressible: one of the schemas is beyond what a mind should write.
    """
    rules = _Rules(words)
    lines = []
    for number, offer in enumerate(offers):
        arguments = rules.value(offer.schema, f"t{number}", 0)
        lines.append(f"{literal(offer.name + ' ')} {arguments}")
    rules.add("root", f'({" | ".join(lines)}) "\\n"')
    return rules.text()


def literal(text: str) -> str:
    """A terminal of the grammar."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


class _Rules:
    """Rules by name, made from schemas."""

    def __init__(self, words: str) -> None:
        self._rules: dict[str, str] = {}
        self._words = words.split()

    def text(self) -> str:
        return "\n".join(f"{name} ::= {rule}" for name, rule in self._rules.items())

    def add(self, name: str, rule: str) -> str:
        if len(self._rules) >= _RULES:
            raise NotExpressible("the schemas are too large")
        self._rules[name] = rule
        return name

    def value(self, schema: Any, name: str, depth: int) -> str:
        """The expression of a JSON value; `name` begins the names of the rules that it needs."""
        if not isinstance(schema, Mapping):
            raise NotExpressible("a schema is not an object")
        if depth > _DEPTH:
            raise NotExpressible("a schema is nested too deep, or refers to itself")
        if "enum" in schema or "const" in schema:
            return _constants(schema.get("enum", [schema.get("const")]))
        choices = schema.get("anyOf") or schema.get("oneOf") or _types(schema)
        if choices:
            kinds = [
                self.value(choice, f"{name}-{number}", depth + 1)
                for number, choice in enumerate(choices)
            ]
            return f"({' | '.join(kinds)})"
        return self._typed(schema, name, depth)

    def _typed(self, schema: Mapping[str, Any], name: str, depth: int) -> str:
        kind = schema.get("type", "object" if "properties" in schema else None)
        if kind == "object":
            return self._object(schema, name, depth)
        if kind == "array":
            item = self.value(schema.get("items", {"type": "string"}), f"{name}-i", depth + 1)
            least = min(_whole(schema.get("minItems"), 0), _ITEMS)
            most = max(least, min(_whole(schema.get("maxItems"), _ITEMS), _ITEMS))
            return _array(self.add(f"{name}-item", item), least, most)
        if kind == "string":
            return self._string(schema)
        if kind in {"integer", "number"}:
            minus = "" if _at_least_zero(schema) else '"-"? '
            digits = f'{minus}("0" | [1-9] [0-9]{{0,8}})'
            return digits if kind == "integer" else f'{digits} ("." [0-9]{{1,6}})?'
        if kind == "boolean":
            return '("true" | "false")'
        if kind == "null":
            return '"null"'
        raise NotExpressible("a schema says no type that is known")

    def _string(self, schema: Mapping[str, Any]) -> str:
        if schema.get("spoken") and self._words:
            return f'"\\"" {self._spoken()} "\\""'
        most = max(1, min(_whole(schema.get("maxLength"), _LETTERS), _LETTERS))
        least = min(_whole(schema.get("minLength"), 1), most)
        return f'"\\"" [^"\\\\\\x00-\\x1f\\x7f]{{{least},{most}}} "\\""'

    def _spoken(self) -> str:
        """Consecutive words of what was said: a mind that may only point cannot invent."""
        if "words" not in self._rules:
            last = len(self._words) - 1
            for at, word in enumerate(self._words):
                more = f' (" " word-{at + 1})?' if at < last else ""
                self.add(f"word-{at}", f"{_json(word, quoted=False)}{more}")
            self.add("words", " | ".join(f"word-{at}" for at in range(last + 1)))
        return "words"

    def _object(self, schema: Mapping[str, Any], name: str, depth: int) -> str:
        properties = schema.get("properties", {})
        required = set(schema.get("required", ()))
        if len(properties) > _PROPERTIES or not required <= properties.keys():
            raise NotExpressible("an object has too many properties, or needs unknown ones")
        # Two chains of rules, for a property that is the first one written and for a later one.
        self.add(f"{name}-first{len(properties)}", '""')
        self.add(f"{name}-more{len(properties)}", '""')
        for at, (key, value) in reversed(list(enumerate(properties.items()))):
            pair = f"{_json(key)} {literal(':')} {self.value(value, f'{name}-{at}', depth + 1)}"
            pair = self.add(f"{name}-pair{at}", pair)
            first, more = f"{name}-first{at + 1}", f"{name}-more{at + 1}"
            left_out = key not in required
            self.add(f"{name}-first{at}", f"{pair} {more}" + f" | {first}" * left_out)
            self.add(f"{name}-more{at}", f'"," {pair} {more}' + f" | {more}" * left_out)
        return f'"{{" {name}-first0 "}}"'


def _array(item: str, least: int, most: int) -> str:
    if most == 0:
        return '"[]"'
    filled = f'{item} ("," {item}){{{max(least - 1, 0)},{most - 1}}}'
    return f'"[" {filled} "]"' if least else f'"[" ({filled})? "]"'


def _constants(values: Any) -> str:
    if not isinstance(values, Sequence) or isinstance(values, str) or not values:
        raise NotExpressible("a schema has choices that are no list")
    if len(values) > _CHOICES:
        raise NotExpressible("a schema has too many choices")
    return f"({' | '.join(map(_json, values))})"


def _types(schema: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    kinds = schema.get("type")
    return [{**schema, "type": kind} for kind in kinds] if isinstance(kinds, list) else ()


def _json(value: Any, *, quoted: bool = True) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return literal(text if quoted else text[1:-1])


def _whole(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and value >= 0 else otherwise


def _at_least_zero(schema: Mapping[str, Any]) -> bool:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    return isinstance(least, int | float) and least >= 0
