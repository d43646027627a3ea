"""The errors that a command turns into one line and an exit code; anything else is a defect."""

from audio.ports import AudioError
from memory.records import MemoryFailed
from models.ports import ModelError
from sensors.events import SensorError


class UsageError(Exception):
    """The command line asks for something that cannot be: exit code 2."""


EXPECTED = (AudioError, MemoryFailed, ModelError, SensorError)
"""Roots of the rooms' errors; their texts tell a person what to do: exit code 1."""


def cause(error: BaseException) -> BaseException:
    """The first error inside a group of tasks, or the error itself."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
