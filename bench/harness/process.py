"""Processes under measurement: pinned to a CPU, with their CPU time and memory read from /proc."""
import json
import os
import re
import select
import signal
import subprocess
import time
from pathlib import Path

SERVER_CPU, LOAD_CPU = 0, 1


def pin(cpu):
    """A preexec function that keeps the process on one CPU, where the machine has two."""
    return (lambda: os.sched_setaffinity(0, {cpu})) if len(os.sched_getaffinity(0)) > 1 else None


def children(pid):
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from children(int(child))


class Server:
    """A running server and everything that it forked."""

    def __init__(self, name, command, port, cpu=SERVER_CPU, log=None, environment=None):
        self.name, self.port = name, port
        self.log = open(log, "wb") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=self.log, preexec_fn=pin(cpu),
            env={**os.environ, **(environment or {})})

    def wait_for_port(self, pattern, seconds=30):
        """Reads standard output until the line that names the port."""
        seen, deadline = b"", time.monotonic() + seconds
        while time.monotonic() < deadline:
            if select.select([self.process.stdout], [], [], 0.1)[0]:
                more = os.read(self.process.stdout.fileno(), 4096)
                if not more:
                    raise RuntimeError(f"{self.name} ended at its start: {seen.decode(errors='replace')}")
                seen += more
            found = re.search(pattern, seen.decode(errors="replace"))
            if found:
                self.port = int(found[1])
                return self
        raise RuntimeError(f"{self.name} does not listen after {seconds} s: {seen.decode(errors='replace')}")

    def pids(self):
        return [self.process.pid, *children(self.process.pid)]

    def cpu_seconds(self):
        """User and system time of all threads, from the scheduler's clock: ticks are too coarse."""
        nanoseconds = 0
        for pid in self.pids():
            for task in Path(f"/proc/{pid}/task").iterdir():
                nanoseconds += int((task / "schedstat").read_text().split()[0])
        return nanoseconds / 1e9

    def memory_mb(self, field="VmRSS"):
        """Of the process that does the work: nginx's master sleeps and is left out."""
        found = []
        for pid in self.pids():
            text = Path(f"/proc/{pid}/status").read_text()
            found.append(int(re.search(rf"^{field}:\s+(\d+) kB", text, re.M)[1]) / 1024)
        return found[-1]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def load(build, kind, server, body, connections, requests):
    """Runs the load generator beside the mock, away from the server under measurement."""
    command = [build / "bin" / "load", kind, "--port", server.port, "--connections", connections,
               "--requests", requests, "--body", json.dumps(body, separators=(",", ":"))]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=600,
                          preexec_fn=pin(LOAD_CPU))
    if done.returncode != 0:
        raise RuntimeError(f"load against {server.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)
