"""What an engine gives: the values of features for a batch of snapshots."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.catalog import Feature
from features.columns import UNKNOWN, Column, Numbers, Texts
from features.engines.plan import Plan


class Result(NamedTuple):
    """n snapshots: whose, as of when (microseconds since 1970), and one column per feature."""

    lead_ids: pa.Array
    as_of: pa.Array
    columns: tuple[Column, ...]

    @classmethod
    def of(cls, batch: pa.RecordBatch, plan: Plan) -> "Result":
        """The result behind a batch with the columns ``lead``, ``as_of``, ``f0``, ``f1``, ..."""
        columns = {i: _column(batch.column(f"f{i}"), plan.features[i]) for i in plan.read}
        columns |= {made.place: made.column(columns, len(batch)) for made in plan.made}
        return cls(batch.column("lead"), batch.column("as_of"), tuple(columns[i] for i in range(plan.asked)))

    def __len__(self) -> int:
        return len(self.lead_ids)

    def table(self, features: Sequence[Feature]) -> pa.Table:
        """An Arrow table: ``lead_id``, ``as_of``, and a column per feature; ``.to_pandas()`` makes it a frame."""
        arrays = [self.lead_ids, pc.cast(self.as_of, pa.timestamp("us", "UTC")), *map(_array, self.columns)]
        return pa.table(arrays, names=["lead_id", "as_of", *(f.name for f in features)])


def joined(results: Iterable[Result], features: Sequence[Feature]) -> pa.Table:
    """All results as one Arrow table."""
    tables = [result.table(features) for result in results]
    if not tables:
        empty = [pa.array([], pa.float64() if f.type == "number" else pa.string()) for f in features]
        ids: list[pa.Array] = [pa.array([], pa.string()), pa.array([], pa.timestamp("us", "UTC"))]
        return pa.table([*ids, *empty], names=["lead_id", "as_of", *(f.name for f in features)])
    return pa.concat_tables(tables)


def _column(values: pa.Array, feature: Feature) -> Column:
    if feature.type == "number":
        return Numbers(pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64))
    encoded = pc.dictionary_encode(pc.cast(values, pa.string()))
    codes = pc.fill_null(encoded.indices, UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int32)
    return Texts(codes, tuple(encoded.dictionary.to_pylist()))


def _array(column: Column) -> pa.Array:
    if isinstance(column, Numbers):
        return pa.array(column.values, from_pandas=True)
    codes = pa.array(column.codes, mask=column.codes == UNKNOWN)
    return pa.DictionaryArray.from_arrays(codes, pa.array(column.words, pa.string())).dictionary_decode()
