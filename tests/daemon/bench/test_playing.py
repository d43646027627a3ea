import os
import sys
import time

import pytest

from daemon.bench.playing import BenchFailed, _watched

READY = 'say("ready: listening")'


def watched(*lines: str, within: float = 30.0) -> tuple[float, int, float, int]:
    """Watch a process that logs as the daemon does."""
    says = (
        "import json, sys, time\n"
        "def say(text): print(json.dumps({'message': text}), file=sys.stderr, flush=True)\n"
    )
    code = says + "\n".join(lines)
    return _watched([sys.executable, "-c", code], dict(os.environ), within)


def test_what_a_daemon_used_and_lost() -> None:
    ready_s, resident_mb, processor_s, late = watched(
        READY,
        'say("the ear was late: 3 frames lost")',
        'print("no JSON, the ear was late: 9 frames lost", file=sys.stderr)',
        'say("the ear was late: 4 frames lost")',
        "while time.process_time() < 0.2: pass",
    )
    assert 0 <= ready_s < 30
    assert resident_mb > 3
    assert processor_s >= 0.1
    assert late == 7


def test_a_daemon_that_fails_is_quoted() -> None:
    with pytest.raises(BenchFailed, match=r"(?s)ended with 3:.*no such microphone"):
        watched(READY, 'say("no such microphone")', "sys.exit(3)")


def test_a_daemon_that_was_never_ready_has_measured_nothing() -> None:
    with pytest.raises(BenchFailed, match="ended with 0"):
        watched('say("loading")')


def test_a_daemon_that_hangs_is_ended() -> None:
    began = time.monotonic()
    with pytest.raises(BenchFailed, match="ended with -15"):
        watched(READY, "time.sleep(600)", within=1.0)
    assert time.monotonic() - began < 30
