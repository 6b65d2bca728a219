"""The figures of a weights file as Markdown tables, for the manual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["tables"]

_COLUMNS = (
    "set", "answers", "hallucinated", "AUROC (95%)", "set left out", "balanced accuracy", "F1 (95%)", "span F1",
    "calibration error", "length alone",
)  # fmt: skip


def tables(about: Mapping[str, Any]) -> str:
    """Return the held-out figures a set a line, then with a generator left out, the learning curve and the controls."""
    lines = [_line(_COLUMNS), _line(["---"] * len(_COLUMNS))]
    for name, figures in about["held_out"].items():
        if name != "macro":
            lines.append(_line(_cells(name, figures, about["set_left_out"].get(name))))
    whole = {"all": about["held_out"]["ragtruth"]["auroc"]}
    for title, part in (
        ("generator left out", about["generator_left_out"]),
        ("learning curve", {**about["learning_curve"], **whole}),
        ("control", about["controls"]),
    ):
        names = [name.replace("_", " ") for name in part]
        lines += ["", _line([title, *names]), _line(["---"] * (len(names) + 1))]
        lines.append(_line(["AUROC on RAGTruth", *(_number(value) for value in part.values())]))
    return "\n".join(lines) + "\n"


def _cells(name: str, figures: Mapping[str, Any], left_out: float | None) -> list[str]:
    return [
        name,
        str(figures["answers"]),
        _number(figures["prevalence"]),
        f"{_number(figures['auroc'])} ({_range(figures['auroc_95'])})",
        _number(left_out),
        _number(figures["balanced_accuracy"]),
        f"{_number(figures['f1'])} ({_range(figures['f1_95'])})",
        _number(figures.get("span_f1")),
        _number(figures["calibration_error"]),
        _number(figures["length_auroc"]),
    ]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _range(interval: list[float]) -> str:
    return "–".join(_number(value) for value in interval)


def _number(value: float | None) -> str:
    """Write a share without its leading zero.

    >>> _number(0.85), _number(None)
    ('.850', '')
    """
    return "" if value is None else f"{value:.3f}".removeprefix("0")
