"""A private PulseAudio with a virtual microphone and a virtual loudspeaker, for tests.

    with VirtualSoundCard(tmp_path) as card:
        subprocess.Popen([...], env=card.env)        # PortAudio sees one device: in and out
        card.speak(question)                         # blocks until it has been "spoken"
        answer = card.record()                       # what the loudspeaker plays, from now on
        ...
        answer.stop()                                # a WAV at answer.path

PortAudio reads its environment when it starts: run what is tested in a process with `card.env`.
"""

import os
import shutil
import signal
import subprocess
from ctypes.util import find_library
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.waiting import eventually

MIC_RATE = 48_000
SPEAKER_RATE = 48_000

_SCRIPT = """
load-module module-native-protocol-unix socket={socket} auth-anonymous=1
load-module module-null-sink sink_name=mic_feed norewinds=1 rate={mic} channels=1
load-module module-null-sink sink_name=speaker norewinds=1 rate={speaker} channels=2
set-default-sink speaker
set-default-source mic_feed.monitor
"""

_ALSA = """
pcm.!default {{ type pulse server "unix:{socket}" hint {{ show on description "virtual" }} }}
ctl.!default {{ type pulse server "unix:{socket}" }}
"""


def missing() -> str:
    """What a machine lacks to run these tests; empty when nothing."""
    wanted = [tool for tool in ("pulseaudio", "pactl", "pacat") if not shutil.which(tool)]
    if not find_library("portaudio"):
        wanted.append("libportaudio2")
    if not list(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        wanted.append("libasound2-plugins")
    return ", ".join(wanted)


needs_sound = pytest.mark.skipif(bool(missing()), reason=f"not installed: {missing()}")


class Taped:
    """A recording of the virtual loudspeaker; `stop` finishes the WAV at `path`."""

    def __init__(self, process: subprocess.Popen[bytes], path: Path) -> None:
        self._process = process
        self.path = path

    def stop(self) -> Path:
        """Finish the file."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(10)
        return self.path


class VirtualSoundCard:
    """A PulseAudio server of its own; `env` is the environment of whoever should use it."""

    def __init__(
        self, folder: Path, *, mic_rate: int = MIC_RATE, speaker_rate: int = SPEAKER_RATE
    ) -> None:
        self.folder = folder
        self._socket = folder / "native"
        self._server: subprocess.Popen[bytes] | None = None
        self._tapes: list[Taped] = []
        script = _SCRIPT.format(socket=self._socket, mic=mic_rate, speaker=speaker_rate)
        (folder / "default.pa").write_text(script)
        (folder / "asound.conf").write_text(_ALSA.format(socket=self._socket))

    @property
    def env(self) -> dict[str, str]:
        """The environment in which this card is the only one."""
        return {
            **os.environ,
            "XDG_RUNTIME_DIR": str(self.folder),
            "PULSE_RUNTIME_PATH": str(self.folder / "pulse"),
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_COOKIE": str(self.folder / "cookie"),
            "ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{self.folder / 'asound.conf'}",
        }

    def start(self) -> None:
        """Start the server, or start it again."""
        self._socket.unlink(missing_ok=True)
        with (self.folder / "pulse.log").open("ab") as log:
            self._server = subprocess.Popen(
                ["pulseaudio", "-n", "-F", str(self.folder / "default.pa"), "--daemonize=no",
                 "--exit-idle-time=-1", "--use-pid-file=no", "--log-target=stderr",
                 "--high-priority=yes", "--realtime=yes"],
                env=self.env, stdout=log, stderr=log,
            )  # fmt: skip
        eventually(lambda: self._ask("info") is not None, what="PulseAudio answers")

    def _ask(self, *question: str) -> str | None:
        asked = subprocess.run(
            ["pactl", *question], env=self.env, capture_output=True, text=True, check=False
        )
        return asked.stdout if asked.returncode == 0 else None

    def streams(self, kind: str) -> int:
        """How many streams record ("source-outputs") or play ("sink-inputs") at the moment."""
        return len((self._ask("list", "short", kind) or "").splitlines())

    def kill(self) -> None:
        """Let the server die, as in a crash."""
        assert self._server is not None
        self._server.send_signal(signal.SIGCONT)
        self._server.kill()
        self._server.wait(10)

    def freeze(self) -> None:
        """Let the server stop answering without dying."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)

    def speak(self, path: Path) -> None:
        """Play a WAV into the virtual microphone; returns when it has been heard."""
        subprocess.run(
            ["paplay", "--device=mic_feed", "--latency-msec=500", str(path)],
            env=self.env, check=True, timeout=600,
        )  # fmt: skip

    def record(self) -> Taped:
        """Record what the virtual loudspeaker plays, mono, from when this returns."""
        path = self.folder / f"speaker-{len(self._tapes)}.wav"
        before = self.streams("source-outputs")
        process = subprocess.Popen(
            ["pacat", "--record", "--device=speaker.monitor", "--file-format=wav",
             "--channels=1", "--rate=48000", "--format=s16le", "--latency-msec=50", str(path)],
            env=self.env,
        )  # fmt: skip
        eventually(lambda: self.streams("source-outputs") > before, what="the recorder listens")
        tape = Taped(process, path)
        self._tapes.append(tape)
        return tape

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        for tape in self._tapes:
            tape.stop()
