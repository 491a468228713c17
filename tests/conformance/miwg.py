"""Checks the diagrams of the BPMN MIWG, which are to be read without a crash, and counts.

    python -m tests.conformance.miwg /path/to/miwg

Their conditions are prose, so most are refused; what counts is that each is, with its elements.
"""

import sys
import time
from collections import Counter
from pathlib import Path

from engine import check


def main(arguments: list[str]) -> None:
    """Print for each tool how many of its diagrams pass and are refused, and the slowest check."""
    folder = Path(arguments[0])
    for tool in sorted(path for path in folder.iterdir() if path.is_dir()):
        counted: Counter[str] = Counter()
        slowest = 0.0
        for path in sorted(tool.rglob("*.bpmn")):
            begun = time.perf_counter()
            found = check({path.name: path.read_bytes()})
            slowest = max(slowest, time.perf_counter() - begun)
            counted["refused" if any(p.severity == "error" for p in found) else "passed"] += 1
        print(
            f"miwg, {tool.name}: {counted['passed']} passed, {counted['refused']} refused,"
            f" slowest {slowest * 1000:.0f} ms"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
