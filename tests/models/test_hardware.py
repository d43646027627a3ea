import builtins
import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import limits
from models.cpu import cpu_key, features
from models.hardware import Hardware, probe
from models.plan import Plan, Wishes, plan, rows
from models.providers import Opened, Provider

PI = Hardware(
    machine="aarch64",
    processor="Cortex-A76",
    cores=4,
    memory_mb=4096,
    available_mb=3000,
    features=frozenset({"asimd", "asimddp"}),
    onnx=("CPUExecutionProvider",),
    llama_offload=False,
)
DESKTOP = replace(PI, cores=16, memory_mb=32_768, machine="x86_64")


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "ascii")
    return folder


def test_the_probe_sees_this_machine() -> None:
    found = probe()
    assert found.cores == len(os.sched_getaffinity(0)) or found.cores >= 1
    assert 0 < found.available_mb <= found.memory_mb * 2
    assert "CPUExecutionProvider" in found.onnx
    assert found.llama_offload in {None, True, False}


def test_fewer_cores_are_seen_when_fewer_may_be_used() -> None:
    code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    code += "from models.limits import cores; print(cores())"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert said.strip() == "1"


@pytest.mark.parametrize(
    ("cgroup", "files", "memory"),
    [
        ("0::/a/b\n", {"a/memory.max": "1073741824\n", "a/b/memory.max": "max\n"}, 1024),
        ("0::/a/b\n", {"a/b/memory.max": "max\n"}, 8192),
        ("0::/gone\n", {"memory.max": "2147483648\n"}, 2048),
        ("4:memory:/x\n", {"memory/x/memory.limit_in_bytes": "536870912\n"}, 512),
        ("4:memory:/x\n", {"memory/x/memory.limit_in_bytes": "9223372036854771712\n"}, 8192),
        ("4:cpu:/x\n", {"cpu/x/memory.limit_in_bytes": "536870912\n"}, 8192),
    ],
)
def test_memory_is_what_the_control_group_leaves(
    tmp_path: Path, cgroup: str, files: dict[str, str], memory: int
) -> None:
    meminfo = "MemTotal:        8388608 kB\nMemAvailable:  4194304 kB\n"
    proc = tree(tmp_path / "proc", {"meminfo": meminfo, "self/cgroup": cgroup})
    groups = tree(tmp_path / "cg", files)
    assert limits.memory_mb(proc, groups) == memory
    assert limits.available_mb(proc) == 4096


@pytest.mark.parametrize(
    ("cgroup", "files", "cores"),
    [
        ("0::/a\n", {"a/cpu.max": "150000 100000\n"}, 2),
        ("0::/a\n", {"a/cpu.max": "10000 100000\n"}, 1),
        ("0::/a\n", {"a/cpu.max": "max 100000\n"}, 6),
        (
            "4:cpu,cpuacct:/a\n",
            {
                "cpu,cpuacct/a/cpu.cfs_quota_us": "300000\n",
                "cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
            },
            3,
        ),
        ("4:cpu:/a\n", {"cpu/a/cpu.cfs_quota_us": "-1\n", "cpu/a/cpu.cfs_period_us": "100\n"}, 6),
    ],
)
def test_cores_are_what_the_quota_leaves(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cgroup: str,
    files: dict[str, str],
    cores: int,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    proc = tree(tmp_path / "proc", {"self/cgroup": cgroup})
    assert limits.cores(proc, tree(tmp_path / "cg", files)) == cores


def test_small_machines_get_the_small_mind() -> None:
    assert plan(replace(PI, memory_mb=3071)).mind == "qwen2.5-coder-0.5b-q4"
    assert plan(replace(PI, memory_mb=3072)).mind == "qwen2.5-coder-1.5b-q4"


def test_profiles_follow_memory_and_cores() -> None:
    assert plan(PI).profile == "embedded"
    assert plan(DESKTOP).profile == "desktop"
    assert plan(replace(DESKTOP, cores=2)).profile == "embedded"
    assert plan(replace(DESKTOP, memory_mb=6143)).profile == "embedded"


def test_generation_leaves_a_core_to_the_sound_on_small_machines() -> None:
    two = plan(replace(PI, cores=2))
    assert (two.mind_threads, two.mind_prompt_threads) == (1, 2)
    assert (two.ear_threads, plan(PI).ear_threads) == (2, 4)
    assert plan(replace(PI, cores=1)).mind_threads == 1
    assert plan(replace(PI, cores=1)).ear_threads == 1
    assert plan(DESKTOP).mind_threads == 8


def test_a_provider_that_is_there_is_used_and_the_cpu_is_last() -> None:
    with_more = ("AzureExecutionProvider", "OpenVINOExecutionProvider", "CPUExecutionProvider")
    assert [str(p) for p in plan(replace(PI, onnx=with_more)).providers] == ["OpenVINO", "CPU"]
    wished = plan(PI, Wishes(providers=["cpu", "cuda"])).providers
    assert [str(p) for p in wished] == ["CUDA", "CPU"]


def test_offload_takes_all_layers_unless_told_otherwise() -> None:
    gpu = replace(DESKTOP, llama_offload=True)
    assert plan(gpu).mind_gpu_layers == -1
    assert plan(gpu, Wishes(mind_gpu_layers=0)).mind_gpu_layers == 0
    assert plan(replace(PI, llama_offload=None)).mind_gpu_layers == 0


def test_every_wish_wins() -> None:
    wishes = Wishes(
        profile="desktop",
        providers=["openvino:device_type=NPU"],
        mind="smollm2-135m-q4",
        mind_gpu_layers=7,
        ear_threads=11,
        mind_threads=12,
        mind_prompt_threads=13,
        mouth_threads=14,
        vad_threads=15,
        embedder_threads=16,
    )
    chosen = plan(PI, wishes)
    for field in fields(Plan):
        if field.name != "providers":
            assert getattr(chosen, field.name) == getattr(wishes, field.name)
    assert str(chosen.providers[0]) == "OpenVINO:device_type=NPU"


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Wishes(profile="dekstop"), "desktop"),  # type: ignore[arg-type]
        (Wishes(ear_threads=0), "ear_threads is 0"),
        (Wishes(providers=["openvno"]), "did you mean openvino"),
        (Wishes(providers=["cuda:x"]), "not key=value"),
    ],
)
def test_an_impossible_wish_is_refused(wishes: Wishes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        plan(PI, wishes)


@given(cores=st.integers(1, 512), memory=st.integers(1, 1 << 20))
def test_every_machine_gets_a_plan_within_its_cores(cores: int, memory: int) -> None:
    chosen = plan(replace(PI, cores=cores, memory_mb=memory))
    for field in fields(Plan):
        if field.name.endswith("_threads"):
            assert 1 <= getattr(chosen, field.name) <= cores


def test_doctor_shows_what_really_runs() -> None:
    session = Opened(
        None,  # type: ignore[arg-type]
        "model.onnx",
        Provider("CPUExecutionProvider"),
        {"CPUExecutionProvider": 9},
        {"OpenVINO": "no device"},
    )
    shown = dict(rows(PI, plan(PI), [session]))
    assert shown["runs model.onnx"] == "CPU, 9 of 9 nodes; OpenVINO refused: no device"
    assert shown["memory"] == "4,096 MiB, 3,000 MiB available"
    assert "mind 3 (prompt 4)" in shown["threads"]


def test_llama_that_cannot_be_imported_is_not_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *more: object, **named: object) -> object:
        if name == "llama_cpp":
            raise OSError("libllama.so: illegal instruction set")
        return real(name, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("models.hardware.importlib.import_module", refuse)
    assert probe().llama_offload is None


def cpuinfo(folder: Path, *cores: str) -> Path:
    path = folder / "cpuinfo"
    path.write_text("\n\n".join(f"processor\t: 0\n{core}" for core in cores), "ascii")
    return path


def test_the_key_changes_with_instruction_sets_and_with_nothing_else(tmp_path: Path) -> None:
    line = "flags\t\t: fpu avx avx2 {}"
    plain = cpu_key(cpuinfo(tmp_path, line.format("bugs_of_today")))
    assert cpu_key(cpuinfo(tmp_path, line.format("avx bugs_of_tomorrow"))) == plain
    assert cpu_key(cpuinfo(tmp_path, line.format("avx512f"))) != plain


def test_unlike_cores_are_known_by_what_they_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    both = cpuinfo(tmp_path, "Features\t: fp asimd sve", "Features\t: fp asimd")
    assert features(both) == {"fp", "asimd"}


def test_the_key_is_told_by_a_bare_python() -> None:
    script = Path(__file__).parents[2] / "models" / "cpu.py"
    said = subprocess.run(
        [sys.executable, "-I", "-S", str(script)], capture_output=True, text=True, check=True
    ).stdout
    assert said.strip() == cpu_key()


def test_an_unreadable_cpuinfo_still_gives_a_key(tmp_path: Path) -> None:
    assert cpu_key(tmp_path / "missing").count("-") == 1
