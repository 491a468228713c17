"""Every check of `make lint`: one line each, with the findings of those that fail."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = ("engine", "webapp", "processes", "tests", "bench", "tools", "hatch_build.py")


@dataclass(frozen=True)
class Check:
    """A program that ends with 0 when it has nothing to say."""

    subject: str
    command: Sequence[str]


def main() -> int:
    """Run every check, whatever the ones before it found."""
    results = [passes(check) for check in checks()]
    return 0 if all(results) else 1


def checks() -> list[Check]:
    """What is checked, the quickest first."""
    diagrams = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("processes/*/*.bpmn"))
    return [
        Check("Style", ["ruff", "check", "--quiet", "--output-format=concise", *PYTHON]),
        Check("Format", ["ruff", "format", "--quiet", "--check", *PYTHON]),
        Check("Layers", ["lint-imports", "--no-logo"]),
        Check("Types", ["mypy"]),
        Check("Templates", ["djlint", "--lint", "--quiet", "webapp/templates"]),
        Check("Diagrams", ["bpmn-io", "lint", "--max-warnings", "0", *diagrams]),
        Check("Processes", ["uitweg", "check", "processes"]),
    ]


def passes(check: Check) -> bool:
    """Run one check and say how it went."""
    print(f"  {check.subject} ...", end="", flush=True)
    started = time.monotonic()
    program, *arguments = check.command
    done = subprocess.run(
        [BIN / program, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    outcome = "good" if done.returncode == 0 else f"{' '.join(check.command[:2])} found:"
    print(f" {outcome} ({time.monotonic() - started:.1f} s)", flush=True)
    if done.returncode != 0:
        print(done.stdout.rstrip(), flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
