"""Checks a built plugin: its instructions, imports, exports and size.

    python3 tools/check_plugin.py FILE            checks everything
    python3 tools/check_plugin.py --guest FILE    checks only the instructions, for the guests of tests and benchmarks

Instructions: none may copy, fill or drop whole ranges. The host implements these with a call that overwrites
a register on newer Intel processors (docs/adr/0005-no-bulk-memory.md).

Imports: the host offers `http_handler` and WASI preview 1. Of the latter, only functions that the plugin itself
calls may be imported: all guests share the sockets, random_get returns the same bytes in every new instance, and
fd_write or proc_exit would mean that a panic does more than trap.
"""

import sys
from collections import Counter

from wasm_file import (
    CODE_SECTION,
    EXPORT_SECTION,
    IMPORT_SECTION,
    Malformed,
    bulk_instructions,
    exports,
    imports,
    sections,
)

MAX_BYTES = 300 * 1024
EXPORTS = {"memory", "_initialize", "handle_request", "handle_response"}
WASI = "wasi_snapshot_preview1"
WASI_IMPORTS = {
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_close",
    "fd_prestat_dir_name",
    "fd_prestat_get",
    "fd_read",
    "path_open",
}


def allowed(module: str, name: str) -> bool:
    """Returns whether the plugin may import this function."""
    if module == "http_handler":
        return True
    return module == WASI and name in WASI_IMPORTS


def check_instructions(path: str, data: bytes) -> None:
    """Exits with a message if there is a bulk memory or table instruction."""
    found = Counter()
    for kind, section in sections(data):
        if kind == CODE_SECTION:
            found.update(bulk_instructions(section))
    if found:
        listed = ", ".join(f"{count} {name}" for name, count in sorted(found.items()))
        sys.exit(f"{path}: {found.total()} bulk memory instructions: {listed}")


def check_interface(path: str, data: bytes) -> None:
    """Exits with a message if an import, the exports or the size are not allowed."""
    if len(data) > MAX_BYTES:
        sys.exit(f"{path}: {len(data)} bytes, more than {MAX_BYTES}")
    exported = set()
    for kind, section in sections(data):
        if kind == IMPORT_SECTION:
            for module, name in imports(section):
                if not allowed(module, name):
                    sys.exit(f"{path}: must not import {module}.{name}")
        elif kind == EXPORT_SECTION:
            exported = set(exports(section))
    if exported != EXPORTS:
        sys.exit(f"{path}: exports {sorted(exported)}, should be {sorted(EXPORTS)}")


def main(arguments: list[str]) -> None:
    """Exits with a message at the first violation."""
    guest = arguments[:1] == ["--guest"]
    if len(arguments) != 1 + guest:
        sys.exit("usage: check_plugin.py [--guest] FILE")
    path = arguments[-1]
    with open(path, "rb") as file:
        data = file.read()
    try:
        check_instructions(path, data)
        if not guest:
            check_interface(path, data)
    except Malformed as error:
        sys.exit(f"{path}: cannot be read: {error}")
    print(f"{path}: 0 bulk memory instructions, {len(data)} bytes")


main(sys.argv[1:])
