"""Progress as a person sees it: what is left on the screen after a run."""

from __future__ import annotations

import io
import re

from rich.console import Console

from api.watch import Bars, Run

_CODE = re.compile(r"\x1b\[(\??\d*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


def screen(output: str) -> list[str]:
    """The lines a terminal shows after this output: a small one, wide enough that nothing wraps."""
    lines, row, column = [""], 0, 0
    for argument, code, control, text in _CODE.findall(output):
        if control == "\n":
            row, column = row + 1, 0
            lines.extend([""] * (row + 1 - len(lines)))
        elif control == "\r":
            column = 0
        elif code == "A":
            row -= int(argument or 1)
        elif code == "K":
            lines[row] = ""
        elif text:
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column += len(text)
    return lines


def run_on(console: Console) -> None:
    with Bars(console) as bars:
        run = Run(bars)
        with run.stage("harvest [here]", 2000) as stage:
            for _ in range(4):
                run.advance(stage, 500)
        run.note("a note " + "that is very long " * 10)
        with run.stage("write") as stage:
            bars._progress.refresh()
            run.advance(stage, 3)


def test_only_lines_are_left_on_a_terminal() -> None:
    out = io.StringIO()
    run_on(Console(file=out, force_terminal=True, force_interactive=True, width=80, legacy_windows=False))
    assert "━" in out.getvalue(), "no bar was drawn"
    assert out.getvalue().count("\x1b[?25l") == out.getvalue().count("\x1b[?25h") == 1, "the cursor comes back"
    left = screen(out.getvalue())
    assert [line.split()[0] for line in left[:3]] == ["✓", "•", "✓"]
    assert left[0].startswith("  ✓ harvest [here] ")
    assert "2,000" in left[0]
    assert left[1].rstrip().endswith("that is very long")
    assert len(left[1]) > 80
    assert not "".join(left[3:]).strip()
    assert len(left) <= 5


def test_no_bar_is_drawn_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    run_on(Console(file=out, force_terminal=False, width=80))
    assert "\x1b" not in out.getvalue()
    assert "━" not in out.getvalue()
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("  ✓ write ")
