"""What this platform allows."""

import sys

CAN_FORK = sys.platform == "linux"
"""macOS has fork, but its system libraries do not survive it; Windows has none."""
