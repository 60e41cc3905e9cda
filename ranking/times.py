"""When votes were given: a column of times in any of the usual forms, as seconds since 1970."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

from ranking.errors import VotesError
from ranking.votes import Floats

MILLISECONDS: Final = 1e11  # seconds of the year 5138: a number above it counts milliseconds


def seconds(column: Any) -> Floats:
    """Seconds since 1970 (UTC), NaN where there is no time.

    A time without a zone is taken as UTC; numbers are seconds, or milliseconds where they could
    not be seconds. Raises VotesError for what is no time.
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers = _numbers(column)
        return np.where(np.abs(numbers) > MILLISECONDS, numbers / 1000, numbers)
    return _numbers(_moments(column).cast(pa.int64())) / 1e6


def _numbers(column: Any) -> Floats:
    values: Floats = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return values


def _moments(column: Any) -> Any:
    """The column as microseconds since 1970."""
    for wanted in (pa.timestamp("us", "UTC"), pa.timestamp("us")):
        try:
            return column.cast(wanted, safe=False)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            problem = str(error).splitlines()[0]
    raise VotesError(f"timestamp does not hold times ({problem})")
