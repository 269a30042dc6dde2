"""What a stranger is handed is checked against what others have published."""

import json
from pathlib import Path
from typing import Any

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))
"""Facts that others have published or computed; each part says how it was made."""
