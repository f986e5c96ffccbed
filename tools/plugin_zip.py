#!/usr/bin/env python3
"""Writes the plugin as Traefik's catalogue wants it: a zip with exactly .traefik.yml and plugin.wasm at its root.

usage: plugin_zip.py PLUGIN_WASM ZIP. The same files give the same bytes: their time is $SOURCE_DATE_EPOCH.
"""

import os
import pathlib
import sys
import time
import zipfile

# A zip cannot hold a time before this one.
EARLIEST = 315532800


def main(wasm: str, out: str) -> None:
    root = pathlib.Path(__file__).resolve().parent.parent
    moment = time.gmtime(max(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), EARLIEST))
    with zipfile.ZipFile(out, "w") as archive:
        for name, file in ((".traefik.yml", root / ".traefik.yml"), ("plugin.wasm", pathlib.Path(wasm))):
            entry = zipfile.ZipInfo(name, moment[:6])
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            # Not compressed: what zlib makes of it depends on zlib's version.
            entry.compress_type = zipfile.ZIP_STORED
            archive.writestr(entry, file.read_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
