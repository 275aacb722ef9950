#!/usr/bin/env python3
"""Fails when an #include breaks the layer graph of ARCHITECTURE.md. Usage: check_layers.py [REPOSITORY]"""
import re
import sys
from pathlib import Path

BELOW = {
    "app": {"gateway"},
    "gateway": {"hooks", "llm", "store", "http"},
    "hooks": {"plugin"},
    "capi": {"plugin"},
    "plugin": {"wasm"},
    "wasm": {"base"},
    "llm": {"base"},
    "store": {"base"},
    "http": {"base"},
    "base": set(),
}
# The other headers of include/sluice/ belong to plugin.
PUBLIC_BASE = {"error.hpp", "bytes.hpp"}
# Libraries that one layer keeps to itself, so that they can be replaced there.
OWNER = {"wasmtime": "wasm", "wasm.h": "wasm", "wasi.h": "wasm", "boost/beast": "http", "sqlite3.h": "store"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)


def reachable(layer):
    return {layer}.union(*(reachable(below) for below in BELOW[layer]))


def layer_of(include):
    folder, _, name = include.partition("/")
    if folder == "sluice":
        return "base" if name in PUBLIC_BASE else "plugin"
    return folder if folder in BELOW else None


def faults(layer, include, public):
    if include.startswith("."):
        yield "is relative; write the path from src/"
    if public and "/" in include and not include.startswith("sluice/"):
        yield "stands in a public header; those know <sluice/...> and the standard library"
    if layer_of(include) not in reachable(layer) | {None}:
        yield f"is in {layer_of(include)}, which {layer} must not know"
    for library, owner in OWNER.items():
        if include.startswith(library) and layer != owner:
            yield f"belongs to {owner} alone"


def main(root):
    found = []
    for path in sorted([*root.glob("src/*/**/*.[ch]pp"), *root.glob("include/sluice/*.hpp")]):
        place = path.relative_to(root)
        public = place.parts[0] == "include"
        layer = layer_of(f"sluice/{path.name}") if public else place.parts[1]
        if layer not in BELOW:
            found.append(f"{place}: {layer} is no layer; tools/check_layers.py lists them")
            continue
        for include in INCLUDE.findall(path.read_text()):
            found += [f"{place}: {include} {fault}" for fault in faults(layer, include, public)]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
