"""What is made of the machine: profile, providers, threads, choice of mind."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final, Literal

from models.hardware import Hardware
from models.providers import CPU, Opened, Provider

ProfileName = Literal["embedded", "desktop"]

_DESKTOP_MB: Final = 6 * 1024
_LARGE_MIND_MB: Final = 3 * 1024
_LARGE_MIND: Final = "qwen2.5-coder-1.5b-q4"
_SMALL_MIND: Final = "qwen2.5-coder-0.5b-q4"
_MOST_THREADS: Final = 8
"""Threads beyond which small models get no faster: memory bandwidth is spent."""

_NOTABLE: Final = {
    *("ssse3", "sse4_2", "f16c", "fma", "avx", "avx2", "avx_vnni", "avx512f", "avx512_vnni"),
    *("avx512_bf16", "amx_int8", "asimd", "asimddp", "i8mm", "bf16", "sve", "sve2"),
}
"""Instruction sets by which the speed of quantised models changes."""

_AUTOMATIC: Final = (
    "CUDAExecutionProvider",
    "MIGraphXExecutionProvider",
    "CoreMLExecutionProvider",
    "OpenVINOExecutionProvider",
)
"""Providers that are used without being asked for, best first.

Left out: those that compile for minutes (TensorRT), need settings to do anything (QNN, Vitis), or
send the data to another machine (Azure).
"""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the owner decided; None leaves the choice to the probe.

    Attributes:
        profile: "embedded" or "desktop".
        providers: execution providers, best first, as `Provider.parse` reads them.
        mind: id of a model in the catalogue.
        mind_gpu_layers: layers of the mind on a GPU; -1 means all.
        ear_threads: threads of the transcriber.
        mind_threads: threads that generate tokens.
        mind_prompt_threads: threads that read the prompt.
        mouth_threads: threads of the voice.
        vad_threads: threads of the voice activity detector.
        embedder_threads: threads of the embedder.
    """

    profile: ProfileName | None = None
    providers: Sequence[str] | None = None
    mind: str | None = None
    mind_gpu_layers: int | None = None
    ear_threads: int | None = None
    mind_threads: int | None = None
    mind_prompt_threads: int | None = None
    mouth_threads: int | None = None
    vad_threads: int | None = None
    embedder_threads: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the engines are started with; fields as in `Wishes`."""

    profile: ProfileName
    providers: tuple[Provider, ...]
    mind: str
    mind_gpu_layers: int
    ear_threads: int
    mind_threads: int
    mind_prompt_threads: int
    mouth_threads: int
    vad_threads: int
    embedder_threads: int


def plan(hardware: Hardware, wishes: Wishes | None = None) -> Plan:
    """Decide how the engines run; a wish always wins over the probe.

    Raises:
        ValueError: a wish that nobody can fulfil: unknown profile or provider, no threads.
    """
    wishes = wishes or Wishes()
    _check(wishes)
    small = hardware.memory_mb < _DESKTOP_MB or hardware.cores <= 2
    profile = wishes.profile or ("embedded" if small else "desktop")
    threads = _threads(profile, hardware.cores)
    chosen = {name: getattr(wishes, name) for name in threads}
    threads |= {name: number for name, number in chosen.items() if number is not None}
    mind = _LARGE_MIND if hardware.memory_mb >= _LARGE_MIND_MB else _SMALL_MIND
    layers = -1 if hardware.llama_offload else 0
    return Plan(
        profile=profile,
        providers=_providers(hardware, wishes.providers),
        mind=wishes.mind or mind,
        mind_gpu_layers=layers if wishes.mind_gpu_layers is None else wishes.mind_gpu_layers,
        **threads,
    )


def rows(hardware: Hardware, chosen: Plan, opened: Sequence[Opened] = ()) -> list[tuple[str, str]]:
    """What `auricle doctor` shows: pairs of a name and a value."""
    offload = {None: "llama.cpp is not installed", False: "no", True: "yes"}
    notable = sorted(name for name in hardware.features if name in _NOTABLE)
    threads = (
        f"ear {chosen.ear_threads}, mind {chosen.mind_threads} (prompt"
        f" {chosen.mind_prompt_threads}), mouth {chosen.mouth_threads}, VAD {chosen.vad_threads},"
        f" embedder {chosen.embedder_threads}"
    )
    shown = [
        ("processor", f"{hardware.processor} ({hardware.machine})"),
        ("cores", str(hardware.cores)),
        ("memory", f"{hardware.memory_mb:,} MiB, {hardware.available_mb:,} MiB available"),
        ("instruction sets", " ".join(notable) or "unknown"),
        ("ONNX Runtime providers", ", ".join(hardware.onnx)),
        ("llama.cpp GPU offload", offload[hardware.llama_offload]),
        ("profile", chosen.profile),
        ("providers, in order", ", ".join(map(str, chosen.providers))),
        ("mind", f"{chosen.mind}, GPU layers {_layers(chosen.mind_gpu_layers)}"),
        ("threads", threads),
    ]
    return shown + [(f"runs {session.model}", _where(session)) for session in opened]


def _threads(profile: ProfileName, cores: int) -> dict[str, int]:
    """Threads by engine.

    Embedded: reading a prompt takes every core, for it is short and twice as fast with two.
    Writing leaves one core to others: a token is 400 steps that all threads must have finished.
    Two threads write 12 % faster where nothing interrupts them, and can be several times slower
    where something does (`daemon/bench/contention.py`). A command is heard in 128 ms with two
    threads and in 174 with one (medians, quiet, `tests/bench/ear_steps.py`); several hypotheses
    take longer with two, and are needed for few.
    Desktop: half the logical cores, which are as many as there are arithmetic units.
    """
    if profile == "embedded":
        busy, steady = min(cores, 4), min(max(1, cores - 1), 4)
    else:
        busy = steady = max(1, min(cores // 2, _MOST_THREADS))
    return {
        "ear_threads": busy,
        "mind_threads": steady,
        "mind_prompt_threads": busy,
        "mouth_threads": min(busy, 4),
        "vad_threads": 1,
        "embedder_threads": 1 if profile == "embedded" else min(busy, 4),
    }


def _providers(hardware: Hardware, wanted: Sequence[str] | None) -> tuple[Provider, ...]:
    if wanted is None:
        chosen = [Provider(name) for name in _AUTOMATIC if name in hardware.onnx]
    else:
        chosen = [Provider.parse(text) for text in wanted]
    return (*(provider for provider in chosen if provider.name != CPU.name), CPU)


def _check(wishes: Wishes) -> None:
    if wishes.profile not in {None, "embedded", "desktop"}:
        near = difflib.get_close_matches(wishes.profile or "", ["embedded", "desktop"], 1)
        raise ValueError(f"no profile is called {wishes.profile!r}: {near or 'embedded, desktop'}")
    for wish in fields(wishes):
        number = getattr(wishes, wish.name)
        if wish.name.endswith("_threads") and number is not None and number < 1:
            raise ValueError(f"{wish.name} is {number}, but at least 1 is needed")


def _layers(number: int) -> str:
    return "all" if number < 0 else str(number)


def _where(session: Opened) -> str:
    nodes: Mapping[str, int] = session.nodes
    own, total = nodes[session.provider.name], sum(nodes.values())
    text = f"{session.provider}, {own} of {total} nodes"
    refusals = [f"{provider} refused: {reason}" for provider, reason in session.refused.items()]
    return "; ".join([text, *refusals])
