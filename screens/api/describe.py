"""`python -m screens.api.describe`: writes docs/openapi.json anew, to be committed with the change that it shows."""

import json
import sys
from pathlib import Path

from screens.api.docs import openapi
from screens.app import create_app
from screens.database import ScreenSettings

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"


def main() -> None:
    """Needs no database."""
    described = openapi(create_app(ScreenSettings("postgresql+psycopg://localhost/none")))
    FILE.write_text(json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    sys.stdout.write(f"{FILE}\n")


if __name__ == "__main__":
    main()
