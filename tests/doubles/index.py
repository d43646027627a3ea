"""A package index and a model hub on this machine, which count and hold back what they give."""

import base64
import hashlib
import io
import threading
import zipfile
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


def wheel(package: str, version: str, members: Mapping[str, bytes]) -> bytes:
    """The smallest wheel that pip accepts."""
    name = package.replace("-", "_")
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
    files = dict(members) | {
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()},\n"
        for path, data in files.items()
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in (files | {f"{info}/RECORD": record.encode()}).items():
            archive.writestr(path, data)
    return buffer.getvalue()


class Index:
    """Serves until the with-block ends.

    Attributes:
        files: what lies there, by path of the address.
        fetched: how often each path was read to its end.
        held: paths whose second half is held back until `release` is set.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.fetched: Counter[str] = Counter()
        self.held: set[str] = set()
        self.reached = threading.Event()
        self.release = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def add_wheel(self, package: str, version: str, members: Mapping[str, bytes]) -> str:
        path = f"/files/{package.replace('-', '_')}-{version}-py3-none-any.whl"
        self.files[path] = wheel(package, version, members)
        link = f'<a href="{path}">{path.rsplit("/", 1)[1]}</a>'
        self.files[f"/simple/{package}/"] = link.encode()
        return path

    def add_hub_file(self, repository: str, revision: str, file: str, data: bytes) -> str:
        path = f"/{repository}/resolve/{revision}/{file}"
        self.files[path] = data
        return path

    @property
    def environment(self) -> dict[str, str]:
        """Settings that lead pip and huggingface_hub here and nowhere else."""
        address = f"http://127.0.0.1:{self._server.server_port}"
        return {
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_INDEX_URL": f"{address}/simple",
            "PIP_EXTRA_INDEX_URL": "",
            "PIP_FIND_LINKS": "",
            "PIP_RETRIES": "0",
            "PIP_DEFAULT_TIMEOUT": "30",
            "HF_ENDPOINT": address,
            "HF_HUB_OFFLINE": "0",
            "NO_PROXY": "127.0.0.1",
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._start()

            def do_GET(self) -> None:
                data = self._start()
                half = len(data) // 2 if self.path in index.held else 0
                try:
                    self.wfile.write(data[:half])
                    if self.path in index.held:
                        self.wfile.flush()
                        index.reached.set()
                        index.release.wait(60)
                    self.wfile.write(data[half:])
                except OSError:
                    return  # the reader was killed
                index.fetched[self.path] += 1

            def _start(self) -> bytes:
                data = index.files.get(self.path)
                self.send_response(404 if data is None else 200)
                if data is None and "/resolve/" in self.path:
                    self.send_header("X-Error-Code", "EntryNotFound")
                data = data or b""
                page = self.path.startswith("/simple/")
                self.send_header("Content-Type", "text/html" if page else "application/zip")
                self.send_header("Content-Length", str(len(data)))
                self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
                self.send_header("X-Repo-Commit", "0" * 40)
                self.end_headers()
                return data

            def log_message(self, *_: object) -> None:
                pass

        return Handler
