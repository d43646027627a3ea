"""Cuts an ONNX model in two at one tensor, so that its second half can run on pieces of it.

The `onnx` package has this as `onnx.utils.extract_model`; it is 18 MB that nothing else here needs,
and a model is only read, taken apart and put together again: field numbers are those of
`onnx.proto3`, the encoding is Protocol Buffers' own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_GRAPH: Final = 7
"""ModelProto.graph."""

_NODE, _INITIALIZER, _INPUT, _OUTPUT = 1, 5, 11, 12
"""Of GraphProto; what else is in it (names, shapes inside) is not needed to run it."""

_NODE_INPUT, _NODE_OUTPUT, _NODE_NAME = 1, 2, 3
_TENSOR_NAME: Final = 8
_VALUE_NAME, _VALUE_TYPE = 1, 2

_FLOATS: Final = b"\x0a\x02\x08\x01"
"""TypeProto: a tensor of floats of any shape."""


class NotCut(ValueError):
    """The model has no such place, or more than one tensor passes it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Two models; the output of the first one is the input of the second.

    Attributes:
        front: the serialised model up to the tensor.
        back: from there to the output.
        tensor: its name, the only input of `back`.
    """

    front: bytes
    back: bytes
    tensor: str


@dataclass(frozen=True, slots=True)
class _Node:
    name: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    raw: memoryview


def cut(model: bytes, node: str) -> Parts:
    """Cut a model in front of the first input of a node.

    Args:
        model: serialised, with its weights inside and one output.
        node: name of the node.

    Raises:
        NotCut: see there; also when this is not a model.
    """
    try:
        return _cut(memoryview(model), node)
    except (IndexError, KeyError, StopIteration, ValueError) as error:
        raise NotCut(f"the model cannot be cut at {node}") from error


def _cut(model: memoryview, place: str) -> Parts:
    head = b"".join(raw for number, _, raw in _fields(model) if number != _GRAPH)
    graph = list(_fields(next(value for number, value, _ in _fields(model) if number == _GRAPH)))
    nodes = [_node(value, raw) for number, value, raw in graph if number == _NODE]
    weights = {_name(v, _TENSOR_NAME): raw for n, v, raw in graph if n == _INITIALIZER}
    inputs = {_name(v, _VALUE_NAME): raw for n, v, raw in graph if n == _INPUT}
    (output, told), *more = [(_name(v, _VALUE_NAME), raw) for n, v, raw in graph if n == _OUTPUT]
    tensor = next(node.inputs[0] for node in nodes if node.name == place)
    made = {name for node in nodes for name in node.outputs}

    front, before = _needed(nodes, tensor, stop="")
    back, behind = _needed(nodes, output, stop=tensor)
    if more or tensor not in made or behind & set(inputs):
        raise NotCut(f"more than one tensor passes {place}")
    given = [raw for name, raw in inputs.items() if name in before]
    return Parts(
        head + _graph(front, weights, before, [*given, _value(_OUTPUT, tensor)]),
        head + _graph(back, weights, behind, [_value(_INPUT, tensor), told]),
        tensor,
    )


def _needed(nodes: Sequence[_Node], wanted: str, stop: str) -> tuple[list[_Node], set[str]]:
    """Nodes that a tensor is made by, in their order, and the names of all that goes into them."""
    makers = {name: place for place, node in enumerate(nodes) for name in node.outputs}
    places: set[int] = set()
    seen: set[str] = set()
    waiting = [wanted]
    while waiting:
        name = waiting.pop()
        if name in seen or name == stop:
            continue
        seen.add(name)
        if name in makers and makers[name] not in places:
            places.add(makers[name])
            waiting += nodes[makers[name]].inputs
    return [nodes[place] for place in sorted(places)], seen


def _graph(
    nodes: Iterable[_Node],
    weights: Mapping[str, memoryview],
    names: set[str],
    ends: Iterable[bytes | memoryview],
) -> bytes:
    used = (raw for name, raw in weights.items() if name in names)
    return _message(_GRAPH, b"".join([*(node.raw for node in nodes), *used, *ends]))


def _value(number: int, name: str) -> bytes:
    told = _message(_VALUE_NAME, name.encode()) + _message(_VALUE_TYPE, _FLOATS)
    return _message(number, told)


def _node(value: memoryview, raw: memoryview) -> _Node:
    told: dict[int, list[str]] = {_NODE_INPUT: [], _NODE_OUTPUT: [], _NODE_NAME: []}
    for number, text, _ in _fields(value):
        if number in told:
            told[number].append(str(text, "utf-8"))
    return _Node(" ".join(told[_NODE_NAME]), told[_NODE_INPUT], told[_NODE_OUTPUT], raw)


def _name(value: memoryview, field: int) -> str:
    return next((str(text, "utf-8") for number, text, _ in _fields(value) if number == field), "")


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Each field of a message: its number, its content, and all of its bytes."""
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            _, end = _varint(message, at)
        elif kind == 2:
            length, at = _varint(message, at)
            end = at + length
        else:
            end = at + {1: 8, 5: 4}[kind]
        if end > len(message):
            raise IndexError(end)
        yield number, message[at:end], message[start:end]
        at = end


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _message(number: int, content: bytes) -> bytes:
    length, told = len(content), bytearray([number << 3 | 2])
    while length > 0x7F:
        told.append(length & 0x7F | 0x80)
        length >>= 7
    told.append(length)
    return bytes(told) + content
