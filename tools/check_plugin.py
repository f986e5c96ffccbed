"""Checks a built plugin: what it imports, what it exports, and how large it is.

The host offers `http_handler` and WASI preview 1. Of the latter only what the plugin calls itself may be
imported: sockets are shared between all guests there, random_get answers the same bytes in every fresh
instance, and fd_write or proc_exit would mean that a panic does more than trap.
"""

import sys

MAX_BYTES = 250 * 1024
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
IMPORT_SECTION, EXPORT_SECTION = 2, 7


class Reader:
    """Reads the WebAssembly binary format."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def take(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]

    def name(self) -> str:
        return self.take(self.number()).decode()


def sections(data: bytes):
    """Yields the number and a reader of each section."""
    reader = Reader(data)
    if reader.take(8) != b"\0asm\1\0\0\0":
        sys.exit("not a WebAssembly module")
    while reader.at < len(data):
        kind = reader.byte()
        yield kind, Reader(reader.take(reader.number()))


def imports(section: Reader):
    """Yields module and name; anything but a function is an error."""
    for _ in range(section.number()):
        module, name, kind = section.name(), section.name(), section.byte()
        if kind != 0:
            sys.exit(f"imports {module}.{name}, which is not a function")
        section.number()
        yield module, name


def exports(section: Reader):
    """Yields the names."""
    for _ in range(section.number()):
        yield section.name()
        section.byte()
        section.number()


def allowed(module: str, name: str) -> bool:
    """Whether the plugin may import this function."""
    if module == "http_handler":
        return True
    return module == WASI and name in WASI_IMPORTS


def main(path: str) -> None:
    """Exits with one sentence at the first thing that is not as it must be."""
    with open(path, "rb") as file:
        data = file.read()
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


main(sys.argv[1])
