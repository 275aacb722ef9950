#!/usr/bin/env python3
"""How long requests wait while a 2 MB plug-in is replaced under them.

Usage: bench/hot_replace.py build/release/bin/sluice [REPLACEMENTS]

Starts a gateway on the mock provider with one I/O thread and a plug-in of 2 MB of WebAssembly, asks without a pause over one connection,
and replaces the plug-in by one of other bytes every 100 ms, so that each has to be compiled anew. Prints percentiles of the answers' times
without and with replacements.
"""
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

REQUEST = json.dumps({"model": "mock/echo", "messages": [{"role": "user", "content": "hi"}]})
HEADERS = {"Content-Type": "application/json"}
QUIET_SECONDS = 3


def leb(number):
    out = bytearray()
    while True:
        out.append((number & 0x7F) | (0x80 if number > 0x7F else 0))
        number >>= 7
        if number == 0:
            return bytes(out)


def section(kind, content):
    return bytes([kind]) + leb(len(content)) + content


def vector(items):
    return leb(len(items)) + b"".join(items)


def name(text):
    return leb(len(text)) + text.encode()


def module(seed, wanted=2 << 20):
    """malloc and a post_hook without an opinion, beside functions until there are 2 MB."""
    step = b"\x20\x00\x41" + leb(0x3F) + b"\x6a\x41" + leb(seed % 60 + 1) + b"\x73\x21\x00"  # local 0 = (local 0 + 63) ^ seed
    filler = b"\x00" + step * 200 + b"\x20\x00\x0b"
    filler = leb(len(filler)) + filler
    count = wanted // len(filler)
    types = vector([b"\x60\x01\x7f\x01\x7f", b"\x60\x02\x7f\x7f\x01\x7e"])
    functions = vector([b"\x00", b"\x01"] + [b"\x00"] * count)
    exports = vector([name("memory") + b"\x02\x00", name("malloc") + b"\x00\x00", name("post_hook") + b"\x00\x01"])
    malloc = b"\x00\x41" + b"\x80\x80\x04" + b"\x0b"  # 65536
    hook = b"\x00\x42\x00\x0b"
    codes = vector([leb(len(malloc)) + malloc, leb(len(hook)) + hook] + [filler] * count)
    return (b"\0asm\1\0\0\0" + section(1, types) + section(3, functions) + section(5, b"\x01\x00\x20") + section(7, exports)
            + section(10, codes))


def ask(connection):
    begin = time.perf_counter()
    connection.request("POST", "/v1/chat/completions", REQUEST, HEADERS)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"the gateway answered with {answer.status}")
    return time.perf_counter() - begin


def percentiles(label, times):
    times = sorted(times)
    at = lambda share: times[min(len(times) - 1, int(share * len(times)))] * 1e3
    print(f"{label:<22} {len(times):>7} requests   p50 {at(.5):7.3f} ms   p99 {at(.99):7.3f} ms   p99.9 {at(.999):7.3f} ms   "
          f"longest {times[-1] * 1e3:7.3f} ms")


def start(program, folder):
    config = os.path.join(folder, "config.json")
    with open(os.path.join(folder, "0.wasm"), "wb") as file:
        file.write(module(0))
    with open(config, "w", encoding="utf-8") as file:
        json.dump({"server": {"port": 0, "threads": 1, "log_level": "error"}, "providers": {"mock": {}},
                   "logs_store": {"enabled": False}, "plugins": [{"name": "p", "path": "0.wasm"}]}, file)
    environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(folder, "cache"))
    process = subprocess.Popen([program, "serve", "--config", config], stdout=subprocess.PIPE, text=True, env=environment)
    for line in process.stdout:
        if "listening on http://127.0.0.1:" in line:
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return process, int(line.rsplit(":", 1)[1])
    raise RuntimeError("the gateway ended at its start")


def write_modules(folder, replacements):
    """Before anything is measured: what this process computes meanwhile, the requests would wait for as well."""
    paths = [os.path.join(folder, f"{number}.wasm") for number in range(1, replacements + 1)]
    for number, path in enumerate(paths, 1):
        with open(path, "wb") as file:
            file.write(module(number))
    return paths


def replace(port, paths, spent):
    for path in paths:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        begin = time.perf_counter()
        connection.request("PUT", "/api/plugins/p", json.dumps({"path": path}), HEADERS)
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(answer.read())
        spent.append(time.perf_counter() - begin)
        time.sleep(0.1)


def main():
    program = sys.argv[1]
    replacements = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    with tempfile.TemporaryDirectory() as folder:
        paths = write_modules(folder, replacements)
        process, port = start(program, folder)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            ask(connection)
            end = time.perf_counter() + QUIET_SECONDS
            quiet = []
            while time.perf_counter() < end:
                quiet.append(ask(connection))
            spent = []
            changes = threading.Thread(target=replace, args=(port, paths, spent))
            changes.start()
            busy = []
            while changes.is_alive():
                busy.append(ask(connection))
            if len(spent) != replacements:
                raise RuntimeError("a replacement failed")
            percentiles("without replacements", quiet)
            percentiles("with replacements", busy)
            percentiles("a replacement itself", spent)
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
