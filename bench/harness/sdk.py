"""The plug-in SDK and its peers: every program runs the same guest and prints the same cases."""
import json
import os
import subprocess
from pathlib import Path
from statistics import median

from .cases import faster, row
from .report import number, print_matrix

SETUP = Path(__file__).resolve().parent.parent / "peers" / "setup"
CALLS = ("call nothing", "echo 64 B", "echo 1 KiB", "echo 64 KiB", "count_vowels 64 KiB")
CREATION = ("create and free", "create, call and free", "new from bytes, warm cache",
            "new from bytes, code from disk")
MEMORY = ("MB of 1,000 plug-ins, uncalled", "MB of 1,000 plug-ins, called once")
OURS, OUR_C, ORIGINAL, GO, NODE, RAW = "C++ SDK", "our libextism.so", "libextism", "Go SDK", "Node SDK", "raw engine"

# How many times faster than the peer, or at most so many nanoseconds or megabytes.
AGAINST_LIBEXTISM = {"call nothing": 40, "echo 1 KiB": 20, "echo 64 KiB": 3, "count_vowels 64 KiB": 1.5}
ABSOLUTE = {"call nothing": 100, "echo 64 B": 200, "create and free": 30_000, "new from bytes, warm cache": 150_000,
            "pool: take and give back": 1_000, MEMORY[0]: 30, MEMORY[1]: 60}


def programs(build, folder):
    """Each column's command; a peer that is not there has none."""
    done = subprocess.run([str(SETUP)], stdout=subprocess.PIPE, text=True)
    peers = Path(done.stdout.strip() or folder)
    guest = folder / "extism.wasm"
    subprocess.run([str(build / "bin" / "sdk_bench"), "--write-guest", str(guest)], check=True)
    driver = [build / "bin" / "libextism_bench", "--wasm", guest, "--library"]
    found = {OURS: [build / "bin" / "sdk_bench"], OUR_C: [*driver, build / "lib" / "libextism.so"]}
    if (peers / "libextism.so").exists():
        found[ORIGINAL] = [*driver, peers / "libextism.so"]
    if (peers / "go").exists():
        found[GO] = [peers / "go", "--wasm", guest]
    if (peers / "node" / ".complete").exists():
        found[NODE] = ["node", "--no-warnings", peers / "node" / "bench.js", "--wasm", guest]
    return found


def run(command, folder):
    # A home of their own: their caches of compiled code start empty and do not stay.
    home = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=900,
                          env={**os.environ, **home})
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def raw_engine(build):
    """A call through the engine's C API with memcpy, of the guest that hook_call_bench has: the limit."""
    program = build / "bin" / "hook_call_bench"
    if not program.exists():
        return {}
    names = {"raw_nothing": CALLS[0], "raw_echo/64": CALLS[1], "raw_echo/1024": CALLS[2], "raw_echo/65536": CALLS[3]}
    found = run([program, "--benchmark_filter=^raw_", "--benchmark_format=json", "--benchmark_min_time=0.05"], Path("/tmp"))
    return {names[each["run_name"]]: {"median_ns": each["real_time"]} for each in found["benchmarks"]}


def middle(rounds):
    """The median of each figure over the rounds."""
    found = {}
    for case, first in rounds[0].items():
        if isinstance(first, dict):
            found[case] = {key: median(each[case][key] for each in rounds) for key in first}
        else:
            found[case] = median(each[case] for each in rounds)
    return found


def time_text(nanoseconds):
    for unit, size in (("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return number(nanoseconds / size, unit)
    return number(nanoseconds, "ns")


def cell(figure):
    if figure is None:
        return None
    if not isinstance(figure, dict):
        return number(figure)
    tail = f" / {time_text(figure['p99_ns'])}" if "p99_ns" in figure else ""
    return time_text(figure["median_ns"]) + tail


def middle_of(figures, case):
    figure = figures.get(case)
    return figure["median_ns"] if isinstance(figure, dict) else figure


def compare(ours, peer, targets, cases):
    rows = []
    for case in cases:
        mine, theirs = middle_of(ours, case), middle_of(peer, case)
        if mine and theirs:
            rows.append(faster(case, theirs, mine, targets.get(case), "MB" if case in MEMORY else "ns"))
    return rows


def measure(build, folder, quick):
    """A table with the rows and figures of each comparison, by its title."""
    commands = programs(build, folder)
    found = {name: [] for name in commands} | {RAW: []}
    for _ in range(3 if quick else 5):
        for name, command in commands.items():
            found[name].append(run([*command, "--ms", 60 if quick else 150], folder))
        found[RAW].append(raw_engine(build))
    figures = {name: middle(rounds) for name, rounds in found.items()}

    own = [case for case in figures[OURS] if case not in (*CALLS, *CREATION, *MEMORY)]
    print_matrix("plug-in SDK, median / p99", list(figures),
                 [(case, [cell(each.get(case)) for each in figures.values()])
                  for case in (*CALLS, *CREATION, *MEMORY, *own)])

    tables = {"sdk against the targets": ([
        row(case, None, middle_of(figures[OURS], case), limit, "MB" if case in MEMORY else "ns", ratio=False)
        for case, limit in ABSOLUTE.items()], figures)}
    every = (*CALLS, *CREATION, *MEMORY)
    if ORIGINAL in figures:
        tables["sdk against libextism"] = (compare(figures[OURS], figures[ORIGINAL], AGAINST_LIBEXTISM, every), {})
        slower_by_nothing = {case: 1 for case in every} | {"call nothing": 10}
        tables["libextism.so against libextism"] = (
            compare(figures[OUR_C], figures[ORIGINAL], slower_by_nothing, every), {})
    if GO in figures:
        tables["sdk against Go SDK"] = (compare(figures[OURS], figures[GO], {"call nothing": 100}, every), {})
    if NODE in figures:
        tables["sdk against Node SDK"] = (compare(figures[OURS], figures[NODE], {}, every), {})
    return tables
