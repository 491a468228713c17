"""The Chromium of the journey tests: the machine's own, or the one `make test` unpacks."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNPACKED = ROOT / ".venv" / "browser"
ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# No sandbox: the pages are our own, and root (in a container) has none. The rest keeps the browser
# from talking to its maker.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
)

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/fonts-cache</cachedir></fontconfig>
"""


class NoBrowserError(RuntimeError):
    """No browser to be had; the message is one line that ends with the remedy."""


@dataclass(frozen=True, slots=True)
class Chromium:
    """A browser that starts.

    Attributes:
        path: the executable.
        environment: what it needs beside the environment of the tests.
    """

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def find() -> Chromium:
    """The browser to use, tried out.

    Raises:
        NoBrowserError: there is none, or none that starts.
    """
    system = next(filter(None, map(shutil.which, ON_PATH)), None)
    if system is not None:
        return Chromium(Path(system))
    if not (UNPACKED / "chromium").is_file():
        raise NoBrowserError("no browser: run `make test`, or install Chromium and put it on PATH")
    return _unpacked()


def _unpacked() -> Chromium:
    """The browser from the npm package, with its fonts and libraries where the system has none."""
    environment = {} if Path("/etc/fonts/fonts.conf").is_file() else _own_fonts()
    for more in ({}, {"LD_LIBRARY_PATH": str(UNPACKED / "al2023" / "lib")}):
        candidate = Chromium(UNPACKED / "chromium", {**environment, **more})
        if _starts(candidate):
            return candidate
    raise NoBrowserError(
        "the unpacked Chromium does not start here: install Chromium and put it on PATH"
    )


def _own_fonts() -> dict[str, str]:
    settings = UNPACKED / "fonts.conf"
    settings.write_text(FONTS.format(folder=UNPACKED), encoding="utf-8")
    return {"FONTCONFIG_FILE": str(settings)}


def _starts(candidate: Chromium) -> bool:
    done = subprocess.run(
        [candidate.path, "--version"],
        env={**os.environ, **candidate.environment},
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode == 0
