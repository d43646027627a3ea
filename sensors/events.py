"""What sensors tell, once a payload has been understood."""

from dataclasses import dataclass

Value = float | bool | str


class SensorError(Exception):
    """The sensor edge cannot work: root of this room's errors.

    SensorError
    +-- BrokerRefused   wrong password, certificate or protocol: trying again alone will not help
    +-- BrokerLost      not there, or gone: trying again is all there is to do
    """


class BrokerRefused(SensorError):
    """The broker is there and said no."""


class BrokerLost(SensorError):
    """The broker cannot be reached, or the connection ended."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one thing at one time.

    Attributes:
        entity: stable id, "<device>/<property>", e.g. "bedroom/temperature".
        name: what people call the device or room, e.g. "bedroom" or "washing machine".
        quantity: what is measured, e.g. "temperature", "humidity", "state".
        value: number, truth value or short text.
        unit: as people write it ("°C", "%", "W"), "" when there is none.
        at: when it was measured or, failing that, received; Unix seconds.
        topic: the MQTT topic it came from.
        late: the broker had kept it (retained, or queued while we were away), so it was measured
            at an unknown time before `at`. "Three minutes ago" would be a lie.
    """

    entity: str
    name: str
    quantity: str
    value: Value
    unit: str
    at: float
    topic: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class SensorEvent:
    """A change worth remembering, as a sentence.

    Attributes:
        text: e.g. "The washing machine finished."
        at: Unix seconds.
        entity: the reading's entity.
        topic: where it came from; becomes the origin of the passage.
    """

    text: str
    at: float
    entity: str
    topic: str
