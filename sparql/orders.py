"""What the server says to the nursery of its workers, and hears from it."""

from __future__ import annotations

import struct
from typing import Final

ORDER: Final = struct.Struct("<cI")
"""What is to be done, and the number of the worker."""
FORK: Final = b"f"
"""Start one; its socket comes with the order. Never answered, as the next two: the worker speaks for itself."""
KILL: Final = b"k"
YIELD: Final = b"y"
"""Let all other processes go first from now on."""
STATUS: Final = b"s"
"""Say how it ended; answered."""
ENDED: Final = struct.Struct("<i")
"""Its exit status, negative for a signal; or UNKNOWN."""
UNKNOWN: Final = -1000
