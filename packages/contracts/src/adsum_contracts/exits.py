"""Exit statuses by which every service tells its supervisor why it ended."""

from __future__ import annotations

from typing import Final

MISCONFIGURED: Final = 2
"""What the process was told cannot be done here: starting it again changes nothing. Anything else but 0 may
be an outage, and is worth another start."""
