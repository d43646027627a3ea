"""Where strangers' templates run: whatever they say, they end within milliseconds and kilobytes.

Jinja's own sandbox keeps a template from Python's internals, not from using up the machine. So
this one knows only the statements, filters, functions and methods that are listed, and everything
that could grow is measured: loops by their steps, operators, filters and lists by their sizes.

    TemplateRefused   a template does something that it may not, or too much of it
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import wraps
from types import BuiltinMethodType
from typing import Any

from jinja2 import Undefined, nodes, pass_context
from jinja2.environment import Template
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MAX_TEXT = 16_384
"""Characters that a template may make of a message; payloads of house devices stay under 4 KiB."""

_WORK = 20_000
"""Steps of one rendering, in nodes of the syntax tree: about ten milliseconds on a small board."""

_SLOW_TEXT = 2_048
"""Characters of a message beyond which each step counts for more: `in` and slices read it all."""

_PLAIN = (str, int, float, bool, type(None))

_METHODS: Mapping[type, frozenset[str]] = {
    str: frozenset(
        {
            "capitalize", "count", "endswith", "find", "isalnum", "isalpha", "isdecimal",
            "isdigit", "isnumeric", "lower", "lstrip", "partition", "removeprefix",
            "removesuffix", "rpartition", "rstrip", "split", "splitlines", "startswith", "strip",
            "title", "upper",
        }
    ),
    dict: frozenset({"get", "items", "keys", "values"}),
    list: frozenset({"count", "index"}),
    tuple: frozenset({"count", "index"}),
}  # fmt: skip
"""Methods that make nothing larger than what they are called on."""

_STATEMENTS = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.NSRef, nodes.Const,
    nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.CondExpr, nodes.Filter,
    nodes.Test, nodes.Getitem, nodes.Getattr, nodes.Slice, nodes.Concat, nodes.Compare,
    nodes.Operand, nodes.BinExpr, nodes.UnaryExpr, nodes.If, nodes.For, nodes.Assign, nodes.Call,
)  # fmt: skip
"""No macros, blocks, imports or captured output: nothing that calls itself or fetches."""


class TemplateRefused(SecurityError):
    """A template does something that it may not, or too much of it."""


class _Work:
    """What is left for one rendering to do."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


_left: ContextVar[_Work] = ContextVar("left")


def spend(steps: int) -> None:
    """Count work of the rendering at hand.

    Raises:
        TemplateRefused: it has done enough.
    """
    work = _left.get()
    work.left -= steps
    if work.left < 0:
        raise TemplateRefused("too much work")


def plain(value: Any) -> Any:
    """A value that may be printed, its size counted as work.

    Raises:
        TemplateRefused: it is none of JSON's types, or a list that repeats itself without end.
    """
    if isinstance(value, str):
        spend(len(value) // 8)
        if len(value) > 4 * MAX_TEXT:
            raise TemplateRefused("text too long")
    elif isinstance(value, int) and value.bit_length() > 256:
        raise TemplateRefused("number too large")
    elif isinstance(value, (list, tuple, dict, range)):
        spend(_measured(value) // 8)
    elif not isinstance(value, (*_PLAIN, Undefined)):
        raise TemplateRefused("not a value")
    return value


def _measured(container: object) -> int:
    """Values in a container, each counted wherever it occurs: [a, a] is twice a."""
    seen, waiting = 0, [container]
    while waiting:
        item = waiting.pop()
        seen += 1 + (len(item) // 8 if isinstance(item, str) else 0)
        if isinstance(item, dict):
            waiting += [*item, *item.values()]
        elif isinstance(item, (list, tuple)):
            waiting += item
        elif not isinstance(item, (*_PLAIN, range, Undefined)):
            raise TemplateRefused("not a value")
        if seen + len(waiting) > MAX_TEXT:
            raise TemplateRefused("list too long")
    return seen


def counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter or function whose arguments are measured before it runs."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        spend(1)
        for value in (*args, *kwargs.values()):
            if isinstance(value, (str, int, list, tuple, dict)):
                plain(value)
        return function(*args, **kwargs)

    return call


def concatenated(*parts: object) -> str:
    """Values one after the other as one text, as `~` joins them."""
    texts = [str(plain(part)) for part in parts]
    if sum(map(len, texts)) > MAX_TEXT:
        raise TemplateRefused("text too long")
    return "".join(texts)


def _steps(iterable: Iterable[object], cost: int) -> Iterator[object]:
    for item in iterable:
        spend(cost)
        yield item


class _Sandbox(ImmutableSandboxedEnvironment):
    """Measures what Jinja's sandbox lets pass."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    known: frozenset[int] = frozenset()
    """Identities of the functions that may be called."""

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        spend(1)
        if operator == "%" and isinstance(left, str):
            raise TemplateRefused("the format filter is the way to format")
        if operator == "*":
            _check_product(left, right)
        elif operator == "**":
            _check_power(left, right)
        return plain(super().call_binop(context, operator, plain(left), plain(right)))

    def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        if isinstance(function, BuiltinMethodType):
            owner = plain(function.__self__)
            if function.__name__ not in _METHODS.get(type(owner), ()):
                raise TemplateRefused("no such method here")
            return counted(function)(*args, **kwargs)
        if not isinstance(function, Undefined) and id(function) not in self.known:
            raise TemplateRefused("no such function here")
        return super().call(context, function, *args, **kwargs)


def _check_product(left: Any, right: Any) -> None:
    for text, times in ((left, right), (right, left)):
        repeated = isinstance(text, (str, list, tuple)) and isinstance(times, int)
        if repeated and len(text) * times > MAX_TEXT:
            raise TemplateRefused("text too long")


def _check_power(base: Any, exponent: Any) -> None:
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and base.bit_length() * abs(exponent) > 256:
        raise TemplateRefused("number too large")


class _Bounds(NodeTransformer):
    """Puts the measures into a syntax tree and refuses what may not be in one."""

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        if not isinstance(node, _STATEMENTS):
            raise TemplateRefused(f"{type(node).__name__} is not allowed")
        return super().generic_visit(node, *args, **kwargs)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802  (Jinja finds it by name)
        if node.name.startswith("_"):
            raise TemplateRefused("names with an underscore in front are not allowed")
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        if node.recursive:
            raise TemplateRefused("recursive loops are not allowed")
        cost = nodes.Const(sum(1 for _ in node.find_all(nodes.Node)))
        self.generic_visit(node)
        node.iter = _called("_steps", [node.iter, cost], node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _called("_concatenated", node.nodes, node.lineno)

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _called("_plain", [node], node.lineno)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _called("_plain", [node], node.lineno)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return node if node.ctx == "store" else _called("_plain", [node], node.lineno)


@pass_context
def _printed(_context: Context, value: object) -> object:
    # Asking for the context keeps Jinja from printing constants while it compiles.
    return plain(value)


def _called(name: str, arguments: Sequence[nodes.Node], line: int) -> nodes.Call:
    function = nodes.Name(name, "load", lineno=line)
    return nodes.Call(function, list(arguments), [], None, None, lineno=line)


def environment(
    filters: Mapping[str, Callable[..., Any]],
    tests: Mapping[str, Callable[..., Any]],
    functions: Mapping[str, Any],
) -> ImmutableSandboxedEnvironment:
    """A sandbox that knows these filters, tests and functions and no others.

    Args:
        filters: by name; their arguments are measured.
        tests: by name.
        functions: and constants, by name; arguments are measured.
    """
    # Unoptimised: folding constants would run filters before there is anything to count with.
    sandbox = _Sandbox(optimized=False, cache_size=0, finalize=_printed)
    sandbox.filters = {name: counted(function) for name, function in filters.items()}
    sandbox.tests = dict(tests)
    sandbox.globals = {
        name: counted(thing) if callable(thing) and not isinstance(thing, type) else thing
        for name, thing in functions.items()
    }
    sandbox.globals |= {"_steps": _steps, "_concatenated": concatenated, "_plain": plain}
    sandbox.known = frozenset(map(id, filter(callable, sandbox.globals.values())))
    return sandbox


def prepared(sandbox: ImmutableSandboxedEnvironment, source: str) -> Template:
    """A template with its measures built in.

    Raises:
        jinja2.TemplateError: it is broken, or does what it may not.
        RecursionError: it is nested too deeply.
    """
    tree = sandbox.parse(source)
    _Bounds().visit(tree)
    return sandbox.from_string(tree)


def rendered(template: Template, names: Mapping[str, object], size: int) -> str:
    """What a template makes of values.

    Args:
        template: from `prepared`.
        names: the values by name.
        size: characters of the message that they come from.

    Raises:
        TemplateRefused: it does too much.
        Exception: whatever else its author did not think of; it is strangers' code.
    """
    token = _left.set(_Work(_WORK // (1 + size // _SLOW_TEXT)))
    try:
        pieces, length = [], 0
        for piece in template.root_render_func(template.new_context(dict(names))):
            length += len(piece)
            if length > MAX_TEXT:
                raise TemplateRefused("text too long")
            pieces.append(piece)
        return "".join(pieces)
    finally:
        _left.reset(token)
