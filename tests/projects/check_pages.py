#!/usr/bin/env python3
"""Fails when a page of docs/plugins/ shows code that no test builds, or links to nothing. Usage: check_pages.py REPOSITORY

Code of a language page must stand in the template or the example of that language, which tests build and run. White space
makes no difference.
"""
import re
import sys
from pathlib import Path

FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)#]*)(#[^)]*)?\)")
LANGUAGES = {"rust": "rust", "go": "go", "ts": "typescript", "cpp": "cpp"}


def plain(text):
    return " ".join(text.split())


def heading(line):
    """The anchor of a heading."""
    return "#" + re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()).replace(" ", "-")


def anchors(page):
    return {heading(line) for line in page.read_text().splitlines() if line.startswith("#")}


def ours(paths):
    """Without what package managers and compilers left in the tree."""
    return [path for path in paths if not {"node_modules", "target"} & set(path.parts)]


root = Path(sys.argv[1])
pages = root / "docs/plugins"
faults = []
for language, page in LANGUAGES.items():
    sources = ours([*(root / "templates" / language).rglob("*"), *(root / "plugins/masker" / language).rglob("*")])
    built = "\n".join(plain(file.read_text()) for file in sources if file.suffix in (".rs", ".go", ".ts", ".cpp"))
    text = (pages / f"{page}.md").read_text()
    for found in FENCED.finditer(text):
        if found.group(1) == language and plain(found.group(2)) not in built:
            line = text[: found.start()].count("\n") + 1
            faults.append(f"docs/plugins/{page}.md:{line}: this code is in no template and no example: no test builds it")
for page in sorted([*pages.glob("*.md"), *ours(root.glob("plugins/**/README.md"))]):
    for found in LINK.finditer(page.read_text()):
        target, anchor = found.groups()
        if "://" in target:
            continue
        file = (page.parent / target).resolve() if target else page
        if not file.exists():
            faults.append(f"{page.relative_to(root)}: the link to {target} leads nowhere")
        elif anchor and file.suffix == ".md" and anchor not in anchors(file):
            faults.append(f"{page.relative_to(root)}: {file.name} has no heading {anchor}")
print("\n".join(faults))
sys.exit(1 if faults else 0)
