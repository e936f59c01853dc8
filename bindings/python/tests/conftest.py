# Owns what the tests share: where guests lie, and running a program in an interpreter of its own.
from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "python"
GUESTS = Path(__file__).parents[3] / "fixtures" / "guests"


@pytest.fixture
def calculator() -> str:
    return str(GUESTS / "calculator.wasm")


@pytest.fixture
def state() -> str:
    return str(GUESTS / "state.wasm")


def program(code: str, *, timeout: float = 60, cwd: Path = GUESTS) -> subprocess.CompletedProcess[str]:
    """Runs a program of its own and waits for its end."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    return subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", code],
        env=environment, cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip


class _Modules(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.split("?")[0]
        if name.startswith("/redirect/"):
            left = int(name.rpartition("/")[2])
            return self._to(f"/redirect/{left - 1}" if left > 0 else "/calculator.wasm")
        if name == "/away":
            return self._to("http://localhost/calculator.wasm")
        if name == "/slow":
            time.sleep(2)
        found = GUESTS / name.lstrip("/")
        if not found.is_file():
            return self.send_error(404)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(found.read_bytes())

    def _to(self, target: str) -> None:
        self.send_response(302)
        self.send_header("location", target)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Addresses of a server whose certificate this process trusts."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost"
    extension = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate]
    subprocess.run([*make.split(), *extension], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("localhost", 0), _Modules)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    monkeypatch.setenv("no_proxy", "localhost")
    yield lambda path: f"https://localhost:{server.server_port}{path}"
    server.shutdown()
    server.server_close()
