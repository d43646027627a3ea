"""Whether arguments fit what a tool says it takes, after what can be mended has been."""

import json
from collections.abc import Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

from daemon.tools.repair import is_colour, repaired

ARGUMENT_BYTES: Final = 16 * 1024
"""Of the JSON of all arguments; a spoken sentence makes hundreds."""

_REASON: Final = 200
"""Characters of a reason; it goes back to the model."""

_FORMATS: Final = FormatChecker(formats=())
_FORMATS.checks("color")(lambda value: not isinstance(value, str) or is_colour(value))


class Misfit(ValueError):
    """The arguments do not fit; the text is for the model and may quote them: never log it."""


class Fitting:
    """The arguments that one tool takes.

    Args:
        schema: JSON Schema of an object. References must lead into itself: nothing is fetched.

    Raises:
        ValueError: it is not a schema.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            raise ValueError(f"not a JSON Schema: {error.message[:_REASON]}") from error
        # With a registry of its own: the default one would fetch references over the network.
        self._validator = Draft202012Validator(
            dict(schema), registry=Registry(), format_checker=_FORMATS
        )
        self._schema: Mapping[str, Any] = _resolved(schema, schema)

    def fit(self, arguments: Mapping[str, Any], language: str = "en") -> dict[str, Any]:
        """The arguments, mended, as plain JSON.

        Raises:
            Misfit: they do not fit, are no JSON or too long.
        """
        given = _plain(arguments)
        try:
            mended = repaired(given, self._schema, self._fits, language)
            error = best_match(self._validator.iter_errors(mended))
        except (Unresolvable, RecursionError) as fault:
            raise Misfit("the tool's own schema leads nowhere") from fault
        except ArithmeticError as fault:
            raise Misfit("a number is too large to be looked at") from fault
        if error is not None:
            where = ".".join(str(step) for step in error.absolute_path)
            raise Misfit(
                f"{where}: {error.message}"[:_REASON] if where else error.message[:_REASON]
            )
        return dict(mended)

    def _fits(self, value: Any, schema: Mapping[str, Any]) -> bool:
        return bool(self._validator.evolve(schema=schema).is_valid(value))


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    try:
        text = json.dumps(dict(arguments), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Misfit("the arguments are not JSON") from error
    if len(text) > ARGUMENT_BYTES:
        raise Misfit("the arguments are too long")
    plain: dict[str, Any] = json.loads(text)
    return plain


def _resolved(schema: Any, root: Mapping[str, Any], depth: int = 0) -> Any:
    """The schema with references into itself replaced, as deep as arguments of tools go."""
    if isinstance(schema, list):
        return [_resolved(part, root, depth) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    target = schema.get("$ref")
    if isinstance(target, str) and target.startswith("#/$defs/") and depth < 4:
        found = root.get("$defs", {}).get(target.removeprefix("#/$defs/"), {})
        return _resolved(found, root, depth + 1)
    return {key: _resolved(part, root, depth) for key, part in schema.items() if key != "$defs"}
