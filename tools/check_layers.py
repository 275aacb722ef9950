#!/usr/bin/env python3
"""Fails when an #include breaks the layer graph. Usage: check_layers.py [REPOSITORY]"""
import re
import sys
from pathlib import Path

BELOW = {
    "app": {"gateway"}, "gateway": {"hooks", "llm", "store", "http"},
    "hooks": {"plugin"}, "capi": {"plugin"}, "plugin": {"wasm"},
    "wasm": {"base"}, "llm": {"base"}, "store": {"base"}, "http": {"base"}, "base": set(),
}
PUBLIC_BASE = {"error.hpp", "bytes.hpp", "values.hpp"}  # the other headers of include/sluice/ belong to plugin
ADAPTERS = {"observe_prometheus.hpp": ("prometheus/",)}  # public headers for who links that library anyway
OWNER = {
    "wasmtime": "wasm", "wasm.h": "wasm", "wasi.h": "wasm", "sluice_engine.h": "wasm",
    "boost/beast": "http", "curl/": "plugin", "sqlite3.h": "store", "hiredis": "store",
}
SOURCES = ("src/**/*.hpp", "src/**/*.cpp", "src/**/*.h", "include/sluice/*.hpp", "include/sluice/*.h")
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
    if public and "/" in include and not include.startswith(public):
        yield "stands in a public header; those know <sluice/...> and the standard library"
    if layer_of(include) not in reachable(layer) | {None}:
        yield f"is in {layer_of(include)}, which {layer} must not know"
    for library, owner in OWNER.items():
        if include.startswith(library) and layer != owner:
            yield f"belongs to {owner} alone"


def check(root):
    checked, found = 0, []
    for path in sorted(file for pattern in SOURCES for file in root.glob(pattern)):
        place = path.relative_to(root)
        public = place.parts[0] == "include" and ("sluice/", *ADAPTERS.get(path.name, ()))
        layer = layer_of(f"sluice/{path.name}") if public else place.parts[1]
        if layer not in BELOW:
            found.append(f"{place}: {layer} is no layer; a new one needs its arrows in tools/check_layers.py")
            continue
        checked += 1
        for include in INCLUDE.findall(path.read_text(encoding="utf-8")):
            found += [f"{place}: {include} {fault}" for fault in faults(layer, include, public)]
    if checked == 0:
        found.append(f"no sources under {root.resolve()}: wrong folder?")
    return checked, found


if __name__ == "__main__":
    checked, found = check(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found) or f"{checked} files keep to the layers")
    sys.exit(1 if found else 0)
