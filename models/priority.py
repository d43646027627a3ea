"""Who gets a core first: sound, then the engines that somebody waits for, then the others."""

import os
import sys
import threading
from enum import IntEnum


class Priority(IntEnum):
    """Nice levels below the process's own; the higher the number, the longer it can wait.

    A service may lower its threads without any privilege, and never raise them again.
    """

    SOUND = 0
    """The event loop and the sound card: a few microseconds every 20 ms."""
    SPEECH = 2
    """Ear and mouth: short, and somebody waits for every millisecond."""
    THOUGHT = 4
    """The mind: seconds long, and what it says is spoken slower than it is thought."""
    BACKGROUND = 9
    """What nobody waits for."""


def take(priority: Priority) -> None:
    """Give the calling thread its priority; threads that it starts from now on inherit it.

    Call it before an engine is loaded: OpenMP, CTranslate2 and ONNX Runtime start their threads
    from the one that loads or first runs a model. Only Linux has priorities of single threads
    (sched(7)); elsewhere this does nothing.
    """
    if priority and sys.platform == "linux":
        thread = threading.get_native_id()
        level = os.getpriority(os.PRIO_PROCESS, thread) + priority
        os.setpriority(os.PRIO_PROCESS, thread, min(level, 19))
