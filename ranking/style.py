"""What an answer looks like, in counts: length, headers, list items, bold; and how two differ.

Style is what may please whatever is said. Texts are counted by Arrow (RE2), many at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ranking.votes import Indices

# A token is a run of letters, marks and digits of scripts that put spaces between words, or any
# other character by itself: a word, a sign, a Chinese character. No tokeniser of a model is meant.
TOKEN: Final = (
    r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{Armenian}\p{Hebrew}\p{Arabic}\p{Devanagari}\p{Hangul}"
    r"\p{M}\p{N}_]+|[^\s\p{Z}]"
)
FENCED: Final = r"(?s)```.*?(?:```|\z)"  # a fence that is not closed reaches to the end
MARKDOWN: Final = {
    "headers": (r"(?m)^#{1,6}\s",),
    "lists": (r"(?m)^\s*\d+\.\s", r"(?m)^\s*[-*+]\s"),
    "bold": (r"\*\*[^*\n]+\*\*", r"__[^_\n]+__"),
}
FEATURES: Final = ("tokens", *MARKDOWN)


def count(texts: Sequence[str | None] | pa.Array | pa.ChunkedArray) -> Indices:
    """Texts x FEATURES. Tokens are those of the whole text, Markdown what stands outside code.

    A text of None counts 0.
    """
    array: Any = texts
    if not isinstance(array, pa.Array | pa.ChunkedArray):
        array = pa.array(list(array), pa.large_string())
    bare = pc.replace_substring_regex(array, pattern=FENCED, replacement="")
    columns = [_matches(array, TOKEN)]
    columns += [sum(_matches(bare, one) for one in patterns) for patterns in MARKDOWN.values()]
    return np.column_stack(columns)


def _matches(array: Any, pattern: str) -> Any:
    counted = pc.count_substring_regex(array, pattern=pattern).fill_null(0)
    return counted.to_numpy(zero_copy_only=False).astype(np.int64)


def differences(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float32]:
    """(a - b) / (a + b), 0 where both are 0: -1 to 1, the same whatever the unit.

    For amounts of 0 or more; above 0 where side a has more.
    """
    total = np.add(a, b, dtype=np.float64)
    apart: NDArray[np.float32] = np.zeros(total.shape, np.float32)
    np.divide(
        np.subtract(a, b, dtype=np.float64), total, out=apart, where=total > 0, casting="same_kind"
    )
    return apart
