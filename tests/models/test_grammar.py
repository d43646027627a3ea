import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import llama_cpp
import pytest

from models.constrained import Constraint, Tokens
from models.grammar import NotExpressible, grammar
from models.ports import Offer
from models.store import ModelStore


def of(schema: Mapping[str, Any], words: str = "") -> str:
    return grammar([Offer("Do", {"type": "object", "properties": {"a": schema}})], words)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "dance"},
        {"enum": "abc"},
        {"enum": []},
        {"enum": list(range(1000))},
        {"type": "object", "properties": {str(n): {"type": "null"} for n in range(100)}},
        {"type": "object", "properties": {}, "required": ["b"]},
        {"anyOf": ["string"]},
        {"$ref": "#/$defs/self"},
    ],
)
def test_a_schema_beyond_what_is_spoken_is_refused(schema: Mapping[str, Any]) -> None:
    with pytest.raises(NotExpressible):
        of(schema)


def test_a_schema_that_holds_itself_is_refused() -> None:
    schema: dict[str, Any] = {"type": "array"}
    schema["items"] = schema
    with pytest.raises(NotExpressible, match="deep"):
        of(schema)


def test_many_large_schemas_are_refused_together() -> None:
    flags = {"type": "object", "properties": {f"p{n}": {"type": "boolean"} for n in range(30)}}
    with pytest.raises(NotExpressible, match="too large"):
        grammar([Offer(f"T{n}", flags) for n in range(60)], "")


def test_names_cannot_break_out_of_the_grammar() -> None:
    lines = of({"enum": ['x" | "anything\nroot ::= [^z]*']}).split("\n")
    assert all(" ::= " in line for line in lines), "a line of its own would be a rule"
    assert sum(line.startswith("root ::= ") for line in lines) == 1
    assert r"x\\\" | \\\"anything" in "\n".join(lines)


def test_a_line_break_in_a_name_begins_no_rule() -> None:
    rules = grammar([Offer("Do\nroot ::= [^z]*", {"type": "object", "properties": {}})], "")
    assert all(" ::= " in line for line in rules.split("\n"))
    assert sum(line.startswith("root ::= ") for line in rules.split("\n")) == 1


@pytest.fixture(scope="module")
def tokens(model_store: ModelStore) -> Iterator[Tokens]:
    model = model_store.catalogue.model("qwen2.5-coder-1.5b-q4")
    path = model_store.path(model.id) / model.files[0].name
    with closing(llama_cpp.Llama(str(path), vocab_only=True, verbose=False)) as llm:
        yield Tokens(llm)


def fits(tokens: Tokens, text: str, rules: str) -> bool:
    with closing(Constraint.of(rules, tokens)) as constraint:
        for token in tokens.of(text):
            if not constraint.fitting([token]):
                return False
            constraint.accept(token)
    return True


VALUES: Sequence[tuple[Mapping[str, Any], Sequence[str], Sequence[str]]] = [
    ({"type": "boolean"}, ["true", "false"], ["1", '"true"', "null"]),
    ({"type": "null"}, ["null"], ["false"]),
    ({"type": "integer"}, ["0", "-7", "120"], ["01", "1.5", '"1"', "1234567890123"]),
    ({"type": "integer", "minimum": 0}, ["5"], ["-5"]),
    ({"type": "number"}, ["1.5", "-2"], [".5", "1.", "1e9"]),
    ({"type": "string"}, ['"a b"', '"é"'], ['""', '"a\\nb"', "a", f'"{"a" * 200}"']),
    ({"type": "string", "maxLength": 3}, ['"abc"'], ['"abcd"']),
    ({"enum": ["on", 3, None]}, ['"on"', "3", "null"], ['"off"', "4"]),
    ({"const": "x"}, ['"x"'], ['"y"']),
    ({"type": ["string", "null"]}, ['"a"', "null"], ["1"]),
    ({"anyOf": [{"type": "integer"}, {"enum": ["up"]}]}, ["1", '"up"'], ['"left"']),
    (
        {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2},
        ["[1]", "[1,2]"],
        ["[]", "[1,2,3]", "[1, 2]"],
    ),
    ({"type": "array", "maxItems": 0}, ["[]"], ['["a"]']),
    (
        {
            "type": "object",
            "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}},
            "required": ["y"],
        },
        ['{"y":1}', '{"x":1,"y":2}'],
        ["{}", '{"x":1}', '{"y":1,"x":2}', '{"y":1,}', '{"z":1,"y":1}'],
    ),
]


@pytest.mark.models
@pytest.mark.parametrize(("schema", "right", "wrong"), VALUES)
def test_values_are_what_their_schema_says(
    tokens: Tokens, schema: Mapping[str, Any], right: Sequence[str], wrong: Sequence[str]
) -> None:
    rules = of(schema)
    for value in right:
        json.loads(value)
        assert fits(tokens, f'Do {{"a":{value}}}\n', rules), value
    for value in wrong:
        assert not fits(tokens, f'Do {{"a":{value}}}\n', rules), value


@pytest.mark.models
def test_a_spoken_string_is_made_of_what_was_said(tokens: Tokens) -> None:
    rules = of({"type": "string", "spoken": True}, 'play "so what" by miles')
    for value in ('"play"', '"by miles"', '"\\"so what\\" by"'):
        assert fits(tokens, f'Do {{"a":{value}}}\n', rules), value
    for value in ('"play by"', '"mile"', '"miles davis"', '""'):
        assert not fits(tokens, f'Do {{"a":{value}}}\n', rules), value


@pytest.mark.models
def test_what_has_no_alternative_is_written_without_asking(tokens: Tokens) -> None:
    offers = [
        Offer("HassTurnOn", {"type": "object", "properties": {"area": {"enum": ["Hall"]}}}),
        Offer("HassTurnOff", {"type": "object", "properties": {}}),
    ]
    with closing(Constraint.of(grammar(offers, ""), tokens)) as constraint:
        forced = constraint.forced()
        text = b"".join(map(tokens.piece, forced))
        assert text == b"HassTurn", "not O: the model writes On and Off as one token"
        for token in [*forced, *tokens.of("Off")]:
            constraint.accept(token)
        assert b"".join(map(tokens.piece, constraint.forced())) == b" {}\n", "up to the end"


@pytest.mark.models
def test_a_letter_of_another_alphabet_is_no_end(tokens: Tokens) -> None:
    rules = of({"enum": ["Küche", "Köln"]})
    with closing(Constraint.of(rules, tokens)) as constraint:
        for token in tokens.of('Do {"a":"K'):
            constraint.accept(token)
        assert constraint.forced() == []


@pytest.mark.models
def test_a_grammar_that_is_none_is_an_error_and_no_crash(
    tokens: Tokens, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RuntimeError, match="cannot read"):
        Constraint.of("root ::= missing", tokens)
    capfd.readouterr()
