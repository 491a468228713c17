"""How long it takes until there is something to see."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from bench.figures import Figure
from bench.servers import free_port

TRIES = 3
_IMPORT = "import time; t = time.perf_counter(); import webapp.app; print(time.perf_counter() - t)"
_LONGEST_SECONDS = 60


def measure(folder: Path) -> Iterator[Figure]:
    """Importing the application, the command line, and the demo's first page on a second start."""
    environment = {**os.environ, "UITWEG_DATA": str(folder / "demo"), "UITWEG_PORT": ""}
    environment.pop("DATABASE_URL", None)
    imports = median(_import_seconds() for _ in range(TRIES))
    yield Figure("", "import of the application", imports * 1000, "ms", aim=1500)
    commands = median(_seconds(["--help"], environment) for _ in range(TRIES))
    yield Figure("", "uitweg --help", commands * 1000, "ms")
    checks = median(_seconds(["check", "processes"], environment) for _ in range(TRIES))
    yield Figure("", "uitweg check processes", checks * 1000, "ms")
    first = _first_page_seconds(environment)
    again = median(_first_page_seconds(environment) for _ in range(TRIES))
    yield Figure("", "first page, new demo", first * 1000, "ms")
    yield Figure("", "first page, second start", again * 1000, "ms", aim=3000)


def _import_seconds() -> float:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _seconds(arguments: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run([_uitweg(), *arguments], env=environment, capture_output=True, check=False)
    return time.perf_counter() - started


def _first_page_seconds(environment: dict[str, str]) -> float:
    port = free_port()
    started = time.perf_counter()
    process = subprocess.Popen(
        [_uitweg(), "demo"],
        env={**environment, "UITWEG_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - started < _LONGEST_SECONDS:
            if _answers(port):
                return time.perf_counter() - started
            time.sleep(0.01)
        raise RuntimeError("`uitweg demo` shows no page")
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=_LONGEST_SECONDS)
    try:
        connection.request("GET", "/inloggen")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _uitweg() -> str:
    return str(Path(sys.executable).parent / "uitweg")
