"""Prints pip's package settings as uv's: uv does not read pip's, and machines are set up for pip.

A UV_ variable that is already set wins. The output is shell code.
"""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}


def pip_settings() -> dict[str, str]:
    """Settings of files and environment by their short names; later layers win, as in pip."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - fixed
    layers = {":env:": 3, "install": 2, "download": 1}
    found = re.findall(r"^(:env:|\w+)\.\.?([\w-]+)=(.*)$", done.stdout, re.MULTILINE)
    found.sort(key=lambda row: layers.get(row[0], 0))
    return {name: " ".join(ast.literal_eval(value).split()) for _, name, value in found}


def uv_settings() -> dict[str, str]:
    """The same for uv."""
    settings = {_NAMES[name]: value for name, value in pip_settings().items() if name in _NAMES}
    if "UV_INDEX" in settings:
        # pip looks at every index; a hash decides, so no index can slip something in.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if links := settings.pop("UV_FIND_LINKS", ""):
        # uv stops at a folder that is missing, pip does not.
        places = [place for place in links.split() if "://" in place or Path(place).exists()]
        settings |= {"UV_FIND_LINKS": ",".join(places)} if places else {}
    return {name: value for name, value in settings.items() if name not in os.environ}


if __name__ == "__main__":
    for name, value in uv_settings().items():
        print(f"export {name}={shlex.quote(value)}")
