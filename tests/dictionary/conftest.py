"""The dictionary of Lạng Sơn, built once."""

from pathlib import Path

import pytest

from dictionary import site
from tests.installation import LANG_SON


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, assets: Path) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "dictionary"
    site.build(LANG_SON, folder)
    return folder
