"""Fails where a library of src/ includes a header of a library that it does not declare to use.

Also refuses what no header may drag in: Asio's umbrella header, and <iostream> in headers (both cost every
translation unit that includes them).
"""
import argparse
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
FORBIDDEN = {"boost/asio.hpp": "include the one Asio header that is needed"}
FORBIDDEN_IN_HEADERS = {"iostream": "it costs every file that includes this header; use <iosfwd> or fmt"}


def complaints(path, library, allowed, libraries):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match.group(2)
        where = f"{path}:{number}:"
        if header in FORBIDDEN:
            yield f"{where} <{header}> is not allowed: {FORBIDDEN[header]}"
        if path.suffix == ".h" and header in FORBIDDEN_IN_HEADERS:
            yield f"{where} <{header}> is not allowed in a header: {FORBIDDEN_IN_HEADERS[header]}"
        if match.group(1) == '"':
            folder = header.split("/")[0]
            if folder in libraries and folder not in allowed:
                yield f"{where} {library} may not include {header}: {folder} is not in its USES"
            if "/detail/" in header and folder != library:
                yield f"{where} {header} is private to {folder}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", required=True)
    parser.add_argument("--uses", default="")
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--stamp", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    libraries = {entry.name for entry in arguments.source.iterdir() if entry.is_dir()}
    allowed = {arguments.library, *re.split(r"[;\s]+", arguments.uses)}
    folder = arguments.source / arguments.library
    found = [complaint
             for path in sorted([*folder.rglob("*.h"), *folder.rglob("*.cc")])
             for complaint in complaints(path, arguments.library, allowed, libraries)]
    for complaint in found:
        print(complaint, file=sys.stderr)
    if found:
        sys.exit(1)
    arguments.stamp.write_text("", encoding="utf-8")


main()
