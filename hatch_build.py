"""Build hook: whatever is built from this folder carries its compiled catalogues."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueBuildHook(BuildHookInterface[Any]):
    """Compiles every ``.po`` beside itself before the files of a wheel are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run ``scripts/compile_catalogues.py`` on the project's own catalogues."""
        root = Path(self.root)
        module = runpy.run_path(str(root / "scripts" / "compile_catalogues.py"))
        module["compile_catalogues"](root / "fleet" / "locale")
