"""The table for people and the file for programs."""
import json
import os
import platform
import subprocess
import sys
import time

WIDTHS = (46, 12, 12, 8, 9, 0)


def number(value, unit=""):
    if value is None:
        return "-"
    text = f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.2f}" if value < 10 else f"{value:.1f}"
    return f"{text} {unit}".strip()


def line(cells):
    padded = [cells[0].ljust(WIDTHS[0])]
    padded += [cell.rjust(width) for cell, width in zip(cells[1:-1], WIDTHS[1:-1])]
    return " ".join([*padded, "", cells[-1]]).rstrip()


def verdict(entry):
    if entry["passed"] is None:
        return ""
    text, colour = ("met", 32) if entry["passed"] else ("falls short", 31)
    return f"\x1b[{colour}m{text}\x1b[0m" if sys.stdout.isatty() else text


def print_heading(title, peer="nginx"):
    print("\n" + line([title, peer, "sluice", "ratio", "target", ""]))
    print("-" * 92, flush=True)


def print_row(entry):
    sign = "≥ " if entry.get("at_least") else "≤ "
    target = "" if entry["target"] is None else (sign + number(entry["target"], "" if entry["ratio"] else entry["unit"])
                                                 + ("x" if entry["ratio"] else ""))
    ratio = "" if entry["ratio"] is None else f"{entry['ratio']:.2f}x"
    print(line([entry["what"], number(entry["peer"], entry["unit"]) if entry["peer"] is not None else "",
                number(entry["ours"], entry["unit"]), ratio, target, verdict(entry)]), flush=True)


def print_matrix(title, columns, lines):
    """`lines` of a name and, for each column, a text or None."""
    print("\n" + title.ljust(34) + "".join(column.rjust(22) for column in columns))
    print("-" * (34 + 22 * len(columns)))
    for name, cells in lines:
        print(name.ljust(34) + "".join((cell or "-").rjust(22) for cell in cells), flush=True)


def commit(root):
    done = subprocess.run(["git", "-C", str(root), "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip() or None


def write(root, folder, rows, figures, scale):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / time.strftime("%Y%m%d-%H%M%S.json", time.gmtime())
    path.write_text(json.dumps({
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "commit": commit(root), "scale": scale,
        "machine": {"kernel": platform.release(), "cpus": os.cpu_count(), "load": os.getloadavg()},
        "rows": rows, "figures": figures}, indent=1))
    return path
