"""Makes the C++ of the wire library from the tables.

    python3 schema/generator --schema schema --output build/generated/wire
    python3 schema/generator --schema schema --list     # the files that it makes, relative to the output
"""
import argparse
import pathlib
import sys

import error_codes
import recode_source
from api_table import emit_api_key, emit_api_table
from header import emit_header
from names import snake_case
from output import Output
from records import LOGS, emit_records
from schema import FOLDERS, read_schema
from schema_source import emit_schema
from source import emit_source
from tables import TableError


def files(schema, tables):
    """Every file as (path, a function that makes its text)."""
    codes = error_codes.read_error_codes(schema / "error_codes.tsv")
    yield "error_code.h", lambda: error_codes.emit_header(codes)
    yield "error_code.cc", lambda: error_codes.emit_source(codes)
    yield "api_key.h", lambda: emit_api_key(tables)
    yield "api_table.h", lambda: emit_api_table(tables)
    for log in LOGS:
        name = snake_case(log.variant)
        yield f"{name}.h", lambda log=log: emit_records(log, tables)[0]
        yield f"{name}.cc", lambda log=log: emit_records(log, tables)[1]
    for folder in FOLDERS:
        yield f"by_name/schema_{folder}.cc", lambda folder=folder: emit_schema(folder, tables)
    parts = recode_source.split(tables)
    for number, part in enumerate(parts):
        yield (f"by_name/recode_{number}.cc",
               lambda number=number, part=part: recode_source.emit_part(number, part))
    yield "by_name/recode.cc", lambda: recode_source.emit_whole(len(parts))
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
