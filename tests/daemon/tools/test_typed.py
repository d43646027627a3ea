from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field

from daemon.tools.tool import Occasion, Tool, ToolResult
from daemon.tools.typed import Arguments, WrongArguments, tool
from tests.daemon.tools.acting import ran

OCCASION = Occasion("turn", "model", area="Kitchen")

Percent = Annotated[int, Field(ge=0, le=100, description="Percent")]


async def dim(
    occasion: Occasion,
    level: Percent,
    name: Annotated[str, Field(description="Name")] = "",
    mode: Literal["soft", "hard"] = "soft",
    warmth: Annotated[float, Field(ge=1)] | None = None,
) -> ToolResult:
    """Dims a lamp.

    Over two lines.
    """
    return ToolResult("done", {"told": [occasion.area, level, name, mode, warmth]})


def dimming() -> Tool:
    return tool(dim, name="Dim", effect="write", offered=True)


def test_the_schema_says_what_the_annotations_say_and_nothing_else() -> None:
    assert dimming().schema == {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "level": {"type": "integer", "minimum": 0, "maximum": 100, "description": "Percent"},
            "name": {"type": "string", "description": "Name"},
            "mode": {"type": "string", "enum": ["soft", "hard"]},
            "warmth": {"type": "number", "minimum": 1},
        },
        "required": ["level"],
    }
    Draft202012Validator.check_schema(dimming().schema)


def test_the_description_is_the_docstring_on_one_line() -> None:
    assert dimming().description == "Dims a lamp. Over two lines."


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"level": 5}, ["Kitchen", 5, "", "soft", None]),
        ({"level": 5.0, "mode": "hard", "warmth": 2}, ["Kitchen", 5, "", "hard", 2.0]),
    ],
)
def test_the_function_gets_its_arguments_and_the_occasion(
    given: Mapping[str, Any], told: list[Any]
) -> None:
    assert ran(dimming(), OCCASION, **given).value == {"told": told}


@pytest.mark.parametrize(
    "given",
    [{}, {"level": 101}, {"level": 5, "mode": "loud"}, {"level": 5, "occasion": "mine"}],
)
def test_what_does_not_fit_is_told_and_never_called(given: Mapping[str, Any]) -> None:
    result = ran(dimming(), OCCASION, **given)
    assert (result.status, result.value["error"]) == ("failed", "wrong_arguments")


def test_the_reason_does_not_quote_what_was_given() -> None:
    with pytest.raises(WrongArguments, match=r"^level: ") as wrong:
        Arguments(dim).bound({"level": "a secret"}, OCCASION)
    assert "secret" not in str(wrong.value)
