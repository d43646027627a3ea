"""Pulls a model in a process of its own: python -m tests.doubles.pull STORE CATALOGUE MODEL."""

import asyncio
import resource
import sys
from pathlib import Path

from models.catalogue import parse
from models.ports import ModelError
from models.store import ModelStore


def main(root: str, catalogue: str, model: str, largest_file: str = "") -> int:
    if largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest_file), int(largest_file)))
    store = ModelStore(Path(root), parse(Path(catalogue).read_text("utf-8")))
    try:
        asyncio.run(store.ensure(model, lambda done, total, label: print(label, done, total)))
    except ModelError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
