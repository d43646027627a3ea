"""Opens ONNX models on the execution provider that was asked for, and never quietly elsewhere."""

import difflib
import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as native

from models.ports import EngineFailed

log = logging.getLogger(__name__)

_SUFFIX: Final = "ExecutionProvider"

ONNX_ERRORS: Final[tuple[type[Exception], ...]] = (
    RuntimeError,
    ValueError,
    # The native classes have no ancestor of their own by which they could be caught together.
    *(
        kind
        for kind in vars(native).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ),
)
"""Everything that ONNX Runtime raises."""


class Session(Protocol):
    """The part of `onnxruntime.InferenceSession` that is used."""

    def run(self, names: Sequence[str] | None, inputs: Mapping[str, Any]) -> list[Any]:
        """Run the model; all outputs when `names` is None."""

    def get_providers(self) -> list[str]:
        """Providers that are in use, first choice first."""

    def get_provider_graph_assignment_info(self) -> Sequence[Any]:
        """Which provider runs which nodes."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An execution provider and its settings.

    Attributes:
        name: as ONNX Runtime calls it.
        options: its own settings, such as `device_type`.
    """

    name: str
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        settings = ",".join(f"{key}={value}" for key, value in self.options.items())
        return self.name.removesuffix(_SUFFIX) + (f":{settings}" if settings else "")

    @classmethod
    def parse(cls, text: str) -> "Provider":
        """Read "openvino" or "OpenVINO:device_type=NPU,num_streams=1".

        Raises:
            ValueError: there is no such provider, or a setting is not key=value.
        """
        short, _, settings = text.partition(":")
        known = {
            name.removesuffix(_SUFFIX).lower(): name for name in onnxruntime.get_all_providers()
        }
        wanted = short.strip().lower().removesuffix(_SUFFIX.lower())
        if wanted not in known:
            near = difflib.get_close_matches(wanted, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
            raise ValueError(f"no execution provider is called {short!r}: {hint}")
        options = {}
        for setting in filter(None, settings.split(",")):
            key, equals, value = setting.partition("=")
            if not (key and equals):
                raise ValueError(f"{setting!r} is not key=value")
            options[key.strip()] = value.strip()
        return cls(known[wanted], options)


CPU: Final = Provider("CPUExecutionProvider")


@dataclass(frozen=True, slots=True)
class Opened:
    """A session, and what really runs it.

    Attributes:
        session: ready for use by one thread.
        model: name of the file.
        provider: where it runs; nodes that this provider does not support run on the CPU.
        nodes: number of graph nodes by name of provider, after fusion.
        refused: providers that should have run it, with the reason why they do not.
    """

    session: Session
    model: str
    provider: Provider
    nodes: Mapping[str, int]
    refused: Mapping[str, str]


class _Refused(Exception):  # a reason on its way to the log, never seen outside
    pass


class Sessions:
    """Opens models; remembers what it opened and what it has already complained about.

    Args:
        wanted: providers, first choice first; the CPU is always the last.
        runtime: ONNX Runtime.
    """

    def __init__(self, wanted: Sequence[Provider], runtime: Any = onnxruntime) -> None:
        self._wanted = [provider for provider in wanted if provider.name != CPU.name]
        self._runtime = runtime
        self._said: set[str] = set()
        self._lock = threading.Lock()
        self.opened: list[Opened] = []

    def open(
        self,
        model: Path,
        threads: int,
        first_run: Callable[[Session], object] = lambda _: None,
        *,
        part: bytes | None = None,
    ) -> Opened:
        """Open a model on the first provider that works. Blocks; call it on an engine's thread.

        Args:
            model: the .onnx file.
            threads: threads for one run.
            first_run: a real inference; a provider that fails at it is not used either.
            part: what is opened instead of the whole file: a serialised model made from it.

        Raises:
            EngineFailed: not even the CPU can run it.
        """
        refused: dict[str, str] = {}
        name = model.name if part is None else f"{model.name} ({len(part) >> 20} MB of it)"
        for provider in self._wanted:
            try:
                session, nodes = self._start(part or str(model), threads, provider, first_run)
            except _Refused as reason:
                refused[str(provider)] = str(reason)
                self._complain(model.name, provider, str(reason))
                continue
            return self._note(Opened(session, name, provider, nodes, refused))
        try:
            session, nodes = self._start(part or str(model), threads, CPU, first_run)
        except _Refused as error:
            raise EngineFailed(f"{model} cannot be run: {error}") from error
        return self._note(Opened(session, name, CPU, nodes, refused))

    def _start(
        self,
        model: str | bytes,
        threads: int,
        provider: Provider,
        first_run: Callable[[Session], object],
    ) -> tuple[Session, Mapping[str, int]]:
        available = self._runtime.get_available_providers()
        if provider.name not in available:
            raise _Refused(f"this ONNX Runtime was built without it, with {', '.join(available)}")
        try:
            session: Session = self._runtime.InferenceSession(
                model,
                self._settings(threads),
                providers=[(provider.name, dict(provider.options))],
                enable_fallback=False,  # or it would change to the CPU in the middle of a run
            )
            if provider.name not in session.get_providers():
                raise _Refused(
                    "ONNX Runtime dropped it; its own message on standard error says why"
                )
            nodes: Counter[str] = Counter()
            for part in session.get_provider_graph_assignment_info():
                nodes[part.ep_name] += len(part.get_nodes())
            if not nodes[provider.name]:
                raise _Refused(f"it supports none of the {nodes.total()} nodes of the model")
            first_run(session)
        except ONNX_ERRORS as error:
            raise _Refused(_short(error)) from error
        return session, nodes

    def _settings(self, threads: int) -> Any:
        settings = self._runtime.SessionOptions()
        settings.intra_op_num_threads = threads
        settings.inter_op_num_threads = 1
        # What goes wrong is said by us, once; the runtime would print pages.
        settings.log_severity_level = 4
        # Spinning threads take the cores that the next stage of the turn needs.
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        settings.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
        return settings

    def _complain(self, model: str, provider: Provider, reason: str) -> None:
        with self._lock:
            if reason in self._said:
                return
            self._said.add(reason)
        log.warning("%s cannot run %s, the CPU does: %s", provider, model, reason)

    def _note(self, opened: Opened) -> Opened:
        with self._lock:
            self.opened.append(opened)
        return opened


def _short(error: Exception) -> str:
    """The part of a runtime's message that a person can use: its last line, without addresses."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[-1][:300]
