"""Runs the Google Benchmark program for one hook call and compares its cases in pairs."""
import json
import subprocess

from .cases import row
from .process import SERVER_CPU, pin

SIZES = (("64", "64 B"), ("1024", "1 KiB"), ("65536", "64 KiB"))


def measure(build, quick):
    """Rows of the three sizes: raw C API call with memcpy, our call, our call on a fiber."""
    program = build / "bin" / "hook_call_bench"
    if not program.exists():
        return [], {"missing": str(program)}
    repetitions = 3 if quick else 7
    done = subprocess.run(
        [str(program), "--benchmark_format=json", f"--benchmark_repetitions={repetitions}",
         "--benchmark_enable_random_interleaving=true", "--benchmark_report_aggregates_only=true",
         f"--benchmark_min_time={0.05 if quick else 0.2}"],
        capture_output=True, text=True, timeout=600, preexec_fn=pin(SERVER_CPU))
    if done.returncode != 0:
        raise RuntimeError(f"hook_call_bench: {done.stderr.strip()}")
    figures = json.loads(done.stdout)["benchmarks"]
    nanoseconds = {entry["run_name"]: entry["cpu_time"] for entry in figures
                   if entry.get("aggregate_name") == "median"}
    rows = []
    for size, label in SIZES:
        raw, ours, fiber = (nanoseconds.get(f"{name}/{size}") for name in ("raw_echo", "instance_echo", "fiber_echo"))
        if raw and ours:
            rows.append(row(f"hook call, {label} in and out", raw, ours, 1.5, "ns"))
        if ours and fiber:
            rows.append(row("  on a fiber: more than that by", None, fiber - ours, 1000, "ns", ratio=False))
    return rows, nanoseconds
