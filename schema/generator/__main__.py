"""Makes the C++ of the wire library from the tables.

    python3 schema/generator --schema schema --output build/generated/wire
    python3 schema/generator --schema schema --list     # the files that it makes, relative to the output
"""
import argparse
import pathlib
import sys

import error_codes
from api_table import emit_api_key, emit_api_table
from header import emit_header
from output import Output
from schema import read_schema
from source import emit_source
from tables import TableError


def files(schema, tables):
    """Every file as (path, a function that makes its text)."""
    codes = error_codes.read_error_codes(schema / "error_codes.tsv")
    yield "error_code.h", lambda: error_codes.emit_header(codes)
    yield "error_code.cc", lambda: error_codes.emit_source(codes)
    yield "api_key.h", lambda: emit_api_key(tables)
    yield "api_table.h", lambda: emit_api_table(tables)
    for table in tables:
        yield f"{table.path}.h", lambda table=table: emit_header(table)
        yield f"{table.path}.cc", lambda table=table: emit_source(table)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--schema", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path)
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    try:
        tables = read_schema(arguments.schema)
    except TableError as error:
        sys.exit(str(error))
    if arguments.list:
        print(";".join(path for path, _ in files(arguments.schema, tables)))
        return
    output = Output(arguments.output)
    for path, make in files(arguments.schema, tables):
        output.write(path, make())


main()
