#!/usr/bin/env python3
"""Runs clang-tidy over src/. Usage: tidy.py BUILD [FILE...]   (BUILD has a compile_commands.json made for clang)

Most of a file's time goes into the headers that it shares with its neighbours, so the files of a layer are looked at
together, as one unit that includes them all. Where two of them cannot stand in one unit (the same name in two unnamed
namespaces), the batch is halved until it works. A batch that was clean is not looked at again until it, a header or
the settings change.
"""
import hashlib
import json
import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import groupby
from pathlib import Path

from check_layers import reachable

ROOT = Path(__file__).resolve().parent.parent
BATCH = 10
# Together, one file's names shadow another's; what libstdc++ itself calls deprecated is not ours to mend.
EXTRA = ["-Wno-shadow", "-Wno-deprecated-declarations", "-Wno-error"]


def load(build):
    """The arguments that each file of src/ is compiled with."""
    arguments = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        place = Path(entry["file"])
        if place.is_relative_to(ROOT / "src"):
            words = shlex.split(entry["command"])
            output = words.index("-o")
            start = next(i for i, word in enumerate(words) if word.endswith("clang++-19"))
            arguments[place] = [word for i, word in enumerate(words[start + 1:output]) if word != "-c"]
    return arguments


def batches(files):
    for _, layer in groupby(sorted(files), key=lambda file: file.relative_to(ROOT / "src").parts[0]):
        layer = list(layer)
        for start in range(0, len(layer), BATCH):
            yield layer[start:start + BATCH]


class Tidy:
    def __init__(self, build, arguments):
        self.build, self.arguments = build, arguments
        self.clean = build / "clean"
        self.units = build / "units"
        for folder in (self.clean, self.units):
            folder.mkdir(parents=True, exist_ok=True)

    @staticmethod
    @cache
    def settings(layer):
        """What every unit of a layer depends on: the headers of the layers it may include, and the rules."""
        headers = [file for below in reachable(layer) for file in (ROOT / "src" / below).glob("**/*.hpp")]
        everything = sorted([*headers, *ROOT.glob("include/**/*.h*"), ROOT / ".clang-tidy", Path(__file__)])
        return hashlib.sha256(b"".join(file.read_bytes() for file in everything)).hexdigest()

    def key(self, batch):
        content = b"".join(str(file).encode() + file.read_bytes() for file in batch)
        flags = " ".join(self.arguments[batch[0]])
        layer = batch[0].relative_to(ROOT / "src").parts[0]
        return hashlib.sha256(self.settings(layer).encode() + flags.encode() + content).hexdigest()[:24]

    def check(self, batch):
        """Prints what it finds; which units had findings, named by their first file."""
        stamp = self.clean / self.key(batch)
        if stamp.exists():
            return []
        started = time.monotonic()
        unit = self.units / f"{stamp.name}.cpp"
        unit.write_text("".join(f'#include "{file}"  // NOLINT\n' for file in batch))
        run = subprocess.run(
            ["clang-tidy-19", "--quiet", unit, f"--config-file={ROOT / '.clang-tidy'}", "--",
             *self.arguments[batch[0]], *EXTRA],
            cwd=self.build, capture_output=True, text=True, check=False)
        unit.unlink()
        if "clang-diagnostic-error" in run.stdout and len(batch) > 1:
            half = len(batch) // 2
            return self.check(batch[:half]) + self.check(batch[half:])
        if run.returncode != 0:
            print(run.stdout or run.stderr, end="", file=sys.stderr, flush=True)
            return [str(batch[0])]
        stamp.touch()
        names = f"{batch[0].relative_to(ROOT)} to {batch[-1].name}" if len(batch) > 1 else batch[0].relative_to(ROOT)
        print(f"  {names}: clean, {time.monotonic() - started:.0f} s", flush=True)
        return []


def main():
    build = Path(sys.argv[1]).resolve()
    arguments = load(build)
    files = [Path(file).resolve() for file in sys.argv[2:]] or list(arguments)
    unknown = [str(file) for file in files if file not in arguments]
    if unknown:
        sys.exit(f"tidy.py: not compiled in {build}: {', '.join(unknown)}")
    tidy = Tidy(build, arguments)
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        return 1 if any(list(workers.map(tidy.check, batches(files)))) else 0


if __name__ == "__main__":
    sys.exit(main())
