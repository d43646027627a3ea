"""What this machine has that the engines can use."""

import importlib
import platform
from dataclasses import dataclass

import onnxruntime

from models import cpu, limits


@dataclass(frozen=True, slots=True)
class Hardware:
    """What was found.

    Attributes:
        machine: architecture, such as x86_64 or aarch64.
        processor: what it calls itself.
        cores: cores that this process may use, control group quota included.
        memory_mb: memory that this process may use, MiB, control group limit included.
        available_mb: how much of it was free, MiB.
        features: instruction sets that all cores have.
        onnx: execution providers in the installed ONNX Runtime.
        llama_offload: llama.cpp can use a GPU; None when llama.cpp is not installed.
    """

    machine: str
    processor: str
    cores: int
    memory_mb: int
    available_mb: int
    features: frozenset[str]
    onnx: tuple[str, ...]
    llama_offload: bool | None


def probe() -> Hardware:
    """Look at the machine; takes a moment when llama.cpp has not been imported yet."""
    return Hardware(
        machine=platform.machine(),
        processor=cpu.name(),
        cores=limits.cores(),
        memory_mb=limits.memory_mb(),
        available_mb=limits.available_mb(),
        features=cpu.features(),
        onnx=tuple(onnxruntime.get_available_providers()),
        llama_offload=_llama_offload(),
    )


def _llama_offload() -> bool | None:
    try:
        llama = importlib.import_module("llama_cpp")
    except (ImportError, OSError, RuntimeError):  # absent, or built for another processor or libc
        return None
    return bool(llama.llama_supports_gpu_offload())
