from pathlib import Path

import pytest

from daemon.bench.bench import Variant
from daemon.bench.variants import VariantError, check, variant
from daemon.config import ConfigError


def test_settings_become_variables() -> None:
    one = variant("small mind:models.mind=tiny,models.threads=1,OMP_WAIT_POLICY=active")
    assert one.name == "small mind"
    assert one.environment == {
        "AURICLE_MODELS__MIND": "tiny",
        "AURICLE_MODELS__THREADS": "1",
        "OMP_WAIT_POLICY": "active",
    }


@pytest.mark.parametrize("text", ["", "slow", "slow:", ":a.b=c", "slow:a.b", "slow:=c"])
def test_what_is_no_variant(text: str) -> None:
    with pytest.raises(VariantError, match="is written"):
        variant(text)


def test_what_the_daemon_would_refuse_is_refused_at_once(tmp_path: Path) -> None:
    check(Variant("a", {"AURICLE_MODELS__THREADS": "1"}), None)
    with pytest.raises(ConfigError, match="thread"):
        check(Variant("a", {"AURICLE_MODELS__THREAD": "1"}), None)
    with pytest.raises(ConfigError, match="no such file"):
        check(Variant("a"), tmp_path / "none.toml")
