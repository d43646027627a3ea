"""Whole turns from outside: recordings in at real-time pace, and where the first sound comes out.

    python -m tests.bench.turn --eval DIR [--out FILE.json]

Plays every English command of `speech_ohf_speech_to_phrase` to one daemon, with pauses in which it
answers. The first sound of the answer is counted from the acoustic end of the question twice: as
the turn's record has it, and on the two aligned WAV files with an end that no model looked for.
In a room's noise the two ends lie up to 0.8 s apart; the record's is the earlier one. Beside that:
time until ready, resident memory, and processor time in silence.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from audio.frames import RATE, Pcm
from audio.wav import read_wav
from audio.wav_writer import WavWriter

_PAUSE_S = 9
"""Seconds after each question: the answer has to fit."""

_SILENCE_S = 60
"""Seconds of silence in front, in which the cost of listening is measured."""

_AUDIBLE = 200
"""Amplitude from which a sample of the answer counts as sound: about -44 dB."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One turn: milliseconds from the acoustic end, by the WAV files and by the record."""

    asked: str
    heard: str
    first_audio_wav: float
    first_audio_record: float
    latency_ms: dict[str, float]
    kv_share: float


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        report = _measure(options.eval / "speech_ohf_speech_to_phrase" / "en", Path(folder))
    text = json.dumps(report, indent=1, ensure_ascii=False)
    print(text)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")


def _measure(recordings: Path, folder: Path) -> dict[str, object]:
    pcm, ends = _script(sorted(recordings.glob("*.wav")))
    _write(folder / "in.wav", pcm)
    environment = os.environ | {
        "STATE_DIRECTORY": str(folder / "state"),
        "AURICLE_MQTT__ENABLED": "false",
        "AURICLE_LOG__FORMAT": "json",
    }
    ready_s, memory_mb, idle = _daemon(folder, environment)
    told = subprocess.run(
        [sys.executable, "-m", "daemon", "turns", "--last", "1000", "--json"],
        env=environment, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    answers = _answers(json.loads(told), folder / "out.wav", ends)
    return {
        "command": "python -m tests.bench.turn --eval DIR",
        "processor": _processor(),
        "load": os.getloadavg(),
        "questions": len(ends),
        "answered": len(answers),
        "first_audio_ms": {
            "by_the_record": _spread([answer.first_audio_record for answer in answers]),
            "by_the_wav_files": _spread([answer.first_audio_wav for answer in answers]),
        },
        "stages_p50_ms": _stages(answers),
        "kv_share_p50": round(median(answer.kv_share for answer in answers), 3),
        "ready_s": round(ready_s, 1),
        "resident_mb": memory_mb,
        "idle_core_share": idle,
        "turns": [asdict(answer) for answer in answers],
    }


def _script(paths: list[Path]) -> tuple[Pcm, list[int]]:
    """All recordings in one, silence first; with the acoustic end of each."""
    parts: list[Pcm] = [np.zeros(_SILENCE_S * RATE, np.int16)]
    ends, at = [], _SILENCE_S * RATE
    for path in paths:
        pcm = read_wav(path).pcm
        ends.append(at + _acoustic_end(pcm))
        parts += [pcm, np.zeros(_PAUSE_S * RATE, np.int16)]
        at += len(pcm) + _PAUSE_S * RATE
    return np.concatenate(parts), ends


def _write(path: Path, pcm: Pcm) -> None:
    writer = WavWriter(path, RATE)
    writer.write(pcm)
    writer.close()


def _daemon(folder: Path, environment: dict[str, str]) -> tuple[float, int, float]:
    """Run it to the end: seconds until ready, resident MB, share of a core used in silence."""
    began = time.monotonic()
    command = [sys.executable, "-m", "daemon", "run"]
    command += ["--input", str(folder / "in.wav"), "--output", str(folder / "out.wav")]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as daemon:
        lines = iter(daemon.stderr or ())
        next(line for line in lines if "ready" in line)
        ready = time.monotonic() - began
        time.sleep(5)  # caches of the start settle
        before = cpu_s(daemon.pid)
        time.sleep(_SILENCE_S - 10)
        idle = (cpu_s(daemon.pid) - before) / (_SILENCE_S - 10)
        memory = 0
        for _ in lines:
            memory = max(memory, _resident_mb(daemon.pid))
        daemon.wait()
    return ready, memory, round(idle, 4)


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(row.split()[1]) for row in status.splitlines() if "VmHWM" in row) // 1024


def _acoustic_end(pcm: Pcm) -> int:
    """Sample index after the last 10 ms that are within 25 dB of the loudest: no model is asked."""
    hop = RATE // 100
    blocks = pcm[: len(pcm) // hop * hop].reshape(-1, hop).astype(np.float64)
    levels = 10 * np.log10((blocks**2).mean(axis=1) + 1e-9)
    return (int(np.flatnonzero(levels > levels.max() - 25)[-1]) + 1) * hop


def _answers(turns: list[dict[str, Any]], out: Path, ends: list[int]) -> list[Answer]:
    """Pair each turn with the question before it and the first sound after that."""
    spoken = read_wav(out).pcm
    sounds = np.flatnonzero(np.abs(spoken.astype(np.int32)) > _AUDIBLE)
    paired: list[Answer] = []
    for end, following in zip(ends, [*ends[1:], len(spoken)], strict=True):
        first = sounds[(sounds > end - RATE) & (sounds < following - RATE)]
        if not len(first) or len(paired) >= len(turns):
            continue
        turn = turns[len(paired)]
        share = turn["kv_reused"] / max(1, turn["prompt_tokens"])
        wav_ms = (int(first[0]) - end) * 1000 / RATE
        latency = turn["latency_ms"]
        record_ms = latency.get("first_audio", -1.0)
        paired.append(
            Answer(turn["asked"], turn["heard"], round(wav_ms), record_ms, latency, round(share, 3))
        )
    if len(paired) != len(turns):
        print(f"{len(turns)} turns, but {len(paired)} answers were heard", file=sys.stderr)
    return paired


def _spread(values: list[float]) -> dict[str, int]:
    return {"p50": round(median(values)), "p95": round(float(np.percentile(values, 95)))}


def _stages(answers: list[Answer]) -> dict[str, float]:
    names = sorted({name for answer in answers for name in answer.latency_ms})
    return {
        name: round(median(a.latency_ms[name] for a in answers if name in a.latency_ms))
        for name in names
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    name = next((line.partition(":")[2].strip() for line in lines if "model name" in line), "?")
    return f"{name}, {os.cpu_count()} cores, {platform.machine()}"


if __name__ == "__main__":
    main()
