"""What all tests share: the tools are importable, and matplotlib opens no window."""

import os
import sys
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "agg")
sys.path.insert(0, str(Path(__file__).parent / "tools"))
