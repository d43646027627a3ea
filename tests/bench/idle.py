"""What listening costs while nobody speaks: the daemon on a virtual sound card, in silence.

python -m tests.bench.idle [--seconds N] [--out FILE.json]
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.pulse import VirtualSoundCard


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with TemporaryDirectory() as folder, VirtualSoundCard(Path(folder)) as card:
        report = _measure(card.env | {"STATE_DIRECTORY": f"{folder}/state"}, options.seconds)
    text = json.dumps(report, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


def _measure(environment: dict[str, str], seconds: float) -> dict[str, object]:
    environment |= {"AURICLE_MQTT__ENABLED": "false"}
    began = time.monotonic()
    command = [sys.executable, "-m", "daemon", "run"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as daemon:
        next(line for line in daemon.stderr or () if "ready" in line)
        ready = time.monotonic() - began
        time.sleep(5)  # caches of the start settle
        before = _cpu_s(daemon.pid)
        time.sleep(seconds)
        share = (_cpu_s(daemon.pid) - before) / seconds
        stopped = time.monotonic()
        daemon.terminate()
        code = daemon.wait()
        stop = time.monotonic() - stopped
    return {
        "command": "python -m tests.bench.idle",
        "load": os.getloadavg(),
        "ready_s": round(ready, 1),
        "idle_core_share": round(share, 4),
        "stop_s": round(stop, 2),
        "exit_code": code,
    }


def _cpu_s(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
