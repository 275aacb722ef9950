#!/usr/bin/env python3
"""Fails when a C++ snippet of the documents is not one that a test runs. Usage: check_snippets.py REPOSITORY

Whole programs (with `main`) must be the README's first, which tests/sdk/install_test builds and runs; every other
snippet of docs/sdk.md must stand in tests/sdk/snippets_test.cpp. White space makes no difference.
"""
import re
import sys
from pathlib import Path

FENCED = re.compile(r"^```cpp\n(.*?)^```$", re.M | re.S)


def plain(text):
    return " ".join(text.split())


def snippets(path):
    text = path.read_text()
    return [(text[: found.start()].count("\n") + 1, found.group(1)) for found in FENCED.finditer(text)]


root = Path(sys.argv[1])
program = plain(snippets(root / "README.md")[0][1])
tested = plain((root / "tests/sdk/snippets_test.cpp").read_text())
faults = []
for page in (root / "README.md", root / "docs/sdk.md"):
    for line, snippet in snippets(page):
        whole = "int main(" in snippet
        if plain(snippet) != program if whole else plain(snippet) not in tested:
            wanted = "the README's first program" if whole else "in tests/sdk/snippets_test.cpp"
            faults.append(f"{page.relative_to(root)}:{line}: this snippet is not {wanted}: no test runs it")
print("\n".join(faults))
sys.exit(1 if faults else 0)
