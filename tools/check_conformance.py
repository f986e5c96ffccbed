"""Checks docs/conformance.md: every row is there once, and the code and tests it names exist."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = [f"R{number}" for number in range(1, 28)] + [f"A{number}" for number in range(1, 33)]
NAMED = re.compile(r"`([\w./-]+\.rs)(?:::(\w+))?`")


def problems() -> list[str]:
    text = (ROOT / "docs/conformance.md").read_text()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if re.match(r"\| [RA]\d", line)]
    found = [row[0] for row in table]
    wrong = [f"rows are {found}, not {ROWS}"] if found != ROWS else []
    for row, *_, code, tests in table:
        if not NAMED.search(code) and not code.startswith("none: "):
            wrong.append(f"{row}: no code")
        if not any(function for _, function in NAMED.findall(tests)):
            wrong.append(f"{row}: no test")
    for path, function in NAMED.findall(text):
        file = ROOT / path
        if not file.is_file():
            wrong.append(f"{path}: no such file")
        elif function and not re.search(rf"#\[(?:tokio::)?test\]\n(?:#\[.*\]\n)*\s*(?:async )?fn {function}\(", re.sub(r"(?m)^\s+", "", file.read_text())):
            wrong.append(f"{path}: no test {function}")
    return wrong


if __name__ == "__main__":
    for problem in problems():
        print(f"docs/conformance.md: {problem}", file=sys.stderr)
    sys.exit(1 if problems() else 0)
