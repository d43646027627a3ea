"""The processor's instruction sets. Standard library only: runs before anything is installed.

`python3 models/cpu.py` prints the key under which a natively compiled wheel may be kept.
"""

import hashlib
import platform
from pathlib import Path

_X86 = """
    pni ssse3 sse4_1 sse4_2 sse4a popcnt abm lahf_lm cx16 movbe aes pclmulqdq rdrand rdseed f16c
    fma fma4 xop tbm avx avx2 bmi1 bmi2 adx sha_ni gfni vaes vpclmulqdq xsave xsaveopt xsavec
    xsaves clflushopt clwb clzero mwaitx monitorx fsgsbase rdpid movdiri movdir64b serialize
    waitpkg cldemote prefetchwt1 3dnowprefetch wbnoinvd hle rtm pku sha512 sm3 sm4 avx_vnni
    avx_ifma avx_ne_convert avx_vnni_int8 avx_vnni_int16 avx512f avx512dq avx512cd avx512bw
    avx512vl avx512ifma avx512vbmi avx512_vbmi2 avx512er avx512pf avx512_vnni avx512_bitalg
    avx512_vpopcntdq avx512_4vnniw avx512_4fmaps avx512_vp2intersect avx512_bf16 avx512_fp16
    avx10 amx_tile amx_int8 amx_bf16 amx_fp16 amx_complex
"""
X86_EXTENSIONS = frozenset(_X86.split())
"""Flags of /proc/cpuinfo behind which GCC's and Clang's -march=native may emit instructions.

The other flags name bugs, virtualisation and power management, and come and go with kernels.
"""


def features(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Instruction sets that every core has; empty where the kernel does not tell.

    Cores of one machine may differ (big.LITTLE): code may land on any of them.
    """
    try:
        lines = cpuinfo.read_text("utf-8", "replace").splitlines()
    except OSError:
        return frozenset()
    cores = [
        frozenset(value.split())
        for name, _, value in (line.partition(":") for line in lines)
        if name.strip() in {"flags", "Features"}
    ]
    shared = frozenset.intersection(*cores) if cores else frozenset()
    if platform.machine() in {"x86_64", "AMD64", "i686"}:
        return shared & X86_EXTENSIONS
    return shared


def name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """What the processor calls itself, or its architecture."""
    try:
        lines = cpuinfo.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        label, _, value = line.partition(":")
        if label.strip() in {"model name", "Model"} and value.strip():
            return value.strip()
    return platform.processor() or platform.machine()


def cpu_key(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Names the set of processors that can run what was compiled natively on this one.

    Stable across boots and kernels, different as soon as an instruction set differs.
    """
    known = features(cpuinfo)
    text = " ".join(sorted(known)) if known else platform.processor()
    return f"{platform.machine()}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


if __name__ == "__main__":
    print(cpu_key())
