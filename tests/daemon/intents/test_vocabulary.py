from daemon.intents.names import Home
from daemon.intents.vocabulary import vocabulary
from sensors.areas import Area, Floor
from sensors.entities import Entity


def test_rooms_come_first_and_what_only_measures_comes_last() -> None:
    home = Home(
        [
            Entity("sensor.air", "Air Quality", "sensor", area="Kitchen"),
            Entity("light.lamp", "Lamp", "light", area="Kitchen"),
            Entity("light.twin", "Lamp", "light", area="Hall"),
            Entity("sensor.raw", "0x00158d0001", "sensor"),
            Entity("lock.door", "Front Door", "lock"),
        ],
        [Area("Kitchen")],
        [Floor("Upstairs")],
        ["good_night"],
        ["packing"],
    )
    assert vocabulary(home) == [
        *("Kitchen", "Upstairs", "Lamp", "Front Door", "Air Quality", "good night", "packing")
    ]
