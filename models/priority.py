"""Who gets a core first: the sound, and whoever somebody waits for right now; then the mind."""

import os
import sys
import threading
from enum import IntEnum


class Priority(IntEnum):
    """Nice levels below the process's own; the higher the number, the longer it can wait.

    A service may lower its threads without any privilege, and never raise them again.

    Measured with ear, mind and mouth computing without a pause on two cores that others wanted too:
    with a mind that waits, a clause is spoken a quarter sooner, and the mind takes up to twice as
    long for its answer. Beside a prompt that is read, an utterance is understood a tenth sooner or
    more. The loop is late by some 9 ms at the worst of a hundred times either way, and ear and
    mouth on a level between brought nothing.
    """

    SOUND = 0
    """The event loop, the sound card, ear and mouth: short, and somebody hears every delay."""
    THOUGHT = 4
    """The mind: seconds long, and what it says is spoken slower than it is thought."""


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
