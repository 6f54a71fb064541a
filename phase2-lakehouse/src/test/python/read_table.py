"""Writes the rows of a Delta table, as deltalake reads them, to a Parquet file: read_table.py query|arrow TABLE FILE.

Exit code 3: deltalake does not read the table, for the reason on standard error.
"""

import os
import sys

import pyarrow
import pyarrow.parquet
from deltalake import DeltaTable, QueryBuilder


def rows(way, table):
    if way == "arrow":
        return table.to_pyarrow_table()
    return pyarrow.table(QueryBuilder().register("t", table).execute("SELECT * FROM t").read_all())


def plain(type):
    """The same type without views of texts and bytes, which Parquet files are not written from."""
    if pyarrow.types.is_string_view(type):
        return pyarrow.string()
    if pyarrow.types.is_binary_view(type):
        return pyarrow.binary()
    if pyarrow.types.is_list(type):
        return pyarrow.list_(plain(type.value_type))
    if pyarrow.types.is_map(type):
        return pyarrow.map_(plain(type.key_type), plain(type.item_type))
    if pyarrow.types.is_struct(type):
        return pyarrow.struct([field.with_type(plain(field.type)) for field in type])
    return type


def main(way, table, file):
    try:
        read = rows(way, DeltaTable(table))
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 3
    schema = pyarrow.schema([field.with_type(plain(field.type)) for field in read.schema])
    pyarrow.parquet.write_table(read.cast(schema), file)
    return 0


if __name__ == "__main__":
    code = main(*sys.argv[1:])
    sys.stderr.flush()
    # Threads of the two libraries can abort a process that ends as usual.
    os._exit(code)
