from pathlib import Path
from typing import Any

import pytest

from sensors.backoff import Backoff
from sensors.broker import BrokerSettings


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"host": ""}, "host"),
        ({"port": 0}, "port"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": "a/b"}, "client_id"),
        ({"password": "x"}, "username"),
        ({"key": Path("k.pem")}, "certificate"),
        ({"filters": ("home/#/x",)}, "home/#/x"),
    ],
)
def test_what_cannot_work_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        BrokerSettings(**changes)


def test_a_password_is_never_shown() -> None:
    assert "hush" not in repr(BrokerSettings(username="ear", password="hush"))


def test_a_certificate_implies_tls() -> None:
    assert not BrokerSettings().encrypted
    assert BrokerSettings(ca_file=Path("ca.pem")).encrypted
    assert BrokerSettings(certificate=Path("c.pem")).encrypted
    assert BrokerSettings(tls=True).encrypted


def test_waits_double_up_to_the_longest_and_start_again_after_a_good_connection() -> None:
    backoff = Backoff(1.0, 10.0, chance=lambda: 0.0)
    assert [backoff.wait(0.1, refused=False) for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    assert backoff.wait(31.0, refused=False) == 1


def test_a_refusal_waits_long_at_once() -> None:
    assert Backoff(1.0, 60.0, chance=lambda: 0.0).wait(0.1, refused=True) == 60


def test_chance_shortens_a_wait_by_half_at_the_most() -> None:
    assert Backoff(4.0, 60.0, chance=lambda: 1.0).wait(0.1, refused=False) == 2
