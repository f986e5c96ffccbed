"""Checks the tables of docs/conformance.md and docs/regressions.md: every row exists exactly once, and the code and
tests that it names exist."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COUNTS = {"R": 27, "A": 32, "E": 14, "I": 9, "P": 9}
CONFORMANCE = [f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)]
NAMED = re.compile(r"`([\w./-]+\.rs)(?:::(\w+))?`")


def rows(text: str) -> list[list[str]]:
    """Returns the rows of all tables, as lists of cells, whose first cell is letters followed by a number."""
    lines = (line for line in text.splitlines() if re.match(r"\| [A-Z]+\d", line))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def conformance(text: str) -> list[str]:
    table = rows(text)
    found = [row[0] for row in table]
    wrong = [f"rows are {found}, not {CONFORMANCE}"] if found != CONFORMANCE else []
    for row, *_, code, tests in table:
        if not NAMED.search(code) and not code.startswith("none: "):
            wrong.append(f"{row}: no code")
        if not any(function for _, function in NAMED.findall(tests)):
            wrong.append(f"{row}: no test")
    return wrong


def regressions(text: str) -> list[str]:
    """Checks that the rows of each letter are numbered from 1 without gaps and that each row names a test."""
    wrong, last = [], {}
    for row, *_, tests in rows(text):
        letter, number = re.fullmatch(r"([A-Z]+)(\d+)", row).groups()
        if int(number) != last.get(letter, 0) + 1:
            wrong.append(f"{row} does not follow {letter}{last.get(letter, 0)}")
        last[letter] = int(number)
        if not any(function for _, function in NAMED.findall(tests)):
            wrong.append(f"{row}: no test")
    return wrong if last else ["it has no rows"]


def is_case(file: Path, function: str) -> bool:
    """Returns whether the function is a case of the store's suite; main.rs lists those that run on every engine."""
    return file.is_relative_to(ROOT / "store/tests/conformance") and function in (file.parent / "main.rs").read_text()


def missing(text: str) -> list[str]:
    """Lists the files and tests that the text names but that do not exist."""
    wrong = []
    for path, function in NAMED.findall(text):
        file = ROOT / path
        if not file.is_file():
            wrong.append(f"{path}: no such file")
        elif function and f"fn {function}(" in file.read_text() and is_case(file, function):
            pass
        elif function and not re.search(rf"#\[(?:tokio::)?test(?:\(.*\))?\]\n(?:#\[.*\]\n)*\s*(?:async )?fn {function}\(", re.sub(r"(?m)^\s+", "", file.read_text())):
            wrong.append(f"{path}: no test {function}")
    return wrong


def main() -> int:
    failed = False
    for name, check in (("docs/conformance.md", conformance), ("docs/regressions.md", regressions)):
        text = (ROOT / name).read_text()
        for problem in check(text) + missing(text):
            print(f"{name}: {problem}", file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
