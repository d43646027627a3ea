"""A tool from a typed Python function: its annotations become the JSON Schema of its arguments."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from daemon.tools.tool import Occasion, Tool, ToolResult

Confirm = Callable[[Mapping[str, Any], Occasion], str]
Happened = Callable[[Mapping[str, Any]], bool | None]
Mend = Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]]
"""Makes of arguments, and the schema they are for, the arguments that are meant."""


class WrongArguments(ValueError):
    """The arguments do not fit the function; the text says which, without their values."""


class Arguments:
    """What a function takes, as a schema and as keyword arguments.

    A parameter annotated `Occasion` is filled in by the caller and is no part of the schema.
    `Annotated[..., Field(...)]` gives descriptions and ranges.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        hints = get_type_hints(function, include_extras=True)
        fields: dict[str, Any] = {}
        self._occasion = ""
        for name, parameter in inspect.signature(function).parameters.items():
            if hints[name] is Occasion:
                self._occasion = name
                continue
            required = parameter.default is inspect.Parameter.empty
            fields[name] = (hints[name], ... if required else parameter.default)
        self._model: type[BaseModel] = create_model(
            "Arguments", __config__=ConfigDict(extra="forbid"), **fields
        )
        self.schema: Mapping[str, Any] = _plain(self._model.model_json_schema())

    def bound(self, given: Mapping[str, Any], occasion: Occasion) -> dict[str, Any]:
        """The keyword arguments of the function.

        Raises:
            WrongArguments: something is missing, unknown or out of its range.
        """
        try:
            model = self._model.model_validate(dict(given))
        except ValidationError as error:
            faults = [
                f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
                for fault in error.errors(include_input=False, include_url=False)
            ]
            raise WrongArguments("; ".join(faults)) from None
        arguments = {name: getattr(model, name) for name in type(model).model_fields}
        return arguments | ({self._occasion: occasion} if self._occasion else {})


def tool(
    function: Callable[..., Awaitable[ToolResult]],
    *,
    name: str,
    effect: Literal["read", "write"],
    timeout_s: float = 5.0,
    cost: float = 0.1,
    confirm: Confirm = lambda _arguments, _occasion: "",
    happened: Happened = lambda _arguments: None,
    offered: bool = False,
    idempotent: bool = False,
    mend: Mend = lambda given, _schema: given,
) -> Tool:
    """Make a tool that calls a coroutine function with checked keyword arguments.

    Args:
        function: its docstring describes the tool to the model.
        name: of the tool.
        effect: "read" or "write".
        timeout_s: see `Tool`, as for the rest.
        cost: in seconds, about.
        confirm: see `Tool`.
        happened: see `Tool`.
        offered: see `Tool`.
        idempotent: see `Tool`.
        mend: what is done with the arguments first.
    """
    arguments = Arguments(function)

    async def run(given: Mapping[str, Any], occasion: Occasion) -> ToolResult:
        try:
            bound = arguments.bound(mend(given, arguments.schema), occasion)
        except WrongArguments as wrong:
            return ToolResult("failed", {"error": "wrong_arguments", "why": str(wrong)})
        return await function(**bound)

    return Tool(
        name=name,
        description=" ".join((inspect.getdoc(function) or "").split()),
        schema=arguments.schema,
        run=run,
        effect=effect,
        timeout_s=timeout_s,
        cost=cost,
        confirm=confirm,
        happened=happened,
        offered=offered,
        idempotent=idempotent,
    )


def _plain(schema: Any) -> Any:
    """Without titles, defaults and nulls: small models copy what they see."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: {name: _plain(part) for name, part in value.items()}
        if key in {"properties", "$defs"}
        else _plain(value)
        for key, value in schema.items()
        if key not in {"title", "default"}
    }
    choices = [choice for choice in kept.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del kept["anyOf"]
        return kept | choices[0]
    return kept | ({"anyOf": choices} if choices else {})
