"""Checked entries → `Case`: inheritance, files beside the suite, and what no schema can see."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from harness.cases.nodes import MAX_SCALAR
from harness.records import (
    Case,
    Expectations,
    Format,
    LabelledSpan,
    Labels,
    Limits,
    Passage,
    Question,
    RecordedAnswer,
    Turn,
)
from harness.text.json_schema import schema_problem
from harness.text.limits import UNITS, around, limit_sentences, stated_limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from harness.cases.nodes import Document
    from harness.cases.problems import DocPath, Problems
    from harness.cases.schema import (
        AnswerEntry,
        CaseEntry,
        ContextEntry,
        DefaultsEntry,
        FormatEntry,
        LabelsEntry,
        LimitsEntry,
    )

__all__ = ["Builder"]


@dataclass(slots=True)
class Builder:
    """Builds the cases of one file.

    `shown` is the path as records show it; `files` remembers texts beside the suite that were read already.
    """

    path: Path
    shown: str
    suite: str
    prompt: str | None
    defaults: DefaultsEntry | None
    document: Document
    problems: Problems
    files: dict[str, str | None] = field(default_factory=dict)

    def case(self, entry: CaseEntry, place: DocPath) -> Case:
        """Build one case; its mistakes are noted, and the case is then not used."""
        contexts = self._value(entry, "contexts")
        if contexts is None:
            self._problem(place, "the case needs 'contexts' (or the suite's `defaults` do). Write [] if it has none.")
        passages, context_ids = self._passages(contexts or [], place)
        limits = self._limits(entry, place)
        tags = [*_many(self.defaults.tags if self.defaults else None), *_many(entry.tags)]
        group = self._value(entry, "group")
        answers = tuple(
            self._answer(answer, (*place, "answers", number)) for number, answer in enumerate(entry.answers)
        )
        case_id = f"{self.suite}/{entry.id}"
        return Case(
            id=case_id,
            question=Question(
                id=hashlib.blake2b(case_id.encode(), digest_size=6).hexdigest(),
                query=entry.query,
                passages=passages,
                instructions=_instructions(self._value(entry, "instructions") or "", limits),
                history=tuple(Turn(role=t.role, text=t.text) for t in self._value(entry, "history") or ()),
            ),
            context_ids=context_ids,
            references=tuple(_many(self._value(entry, "references"))),
            answerable=self._value(entry, "answerable"),
            limits=limits,
            format=self._format(self._value(entry, "format"), place),
            expect=self._expectations(entry),
            tags=tuple(dict.fromkeys(tags)),
            group=group if group is None else f"{self.suite}/{group}",
            answers=answers,
            prompt=self.prompt,
            location=self._location(place),
        )

    def _value(self, entry: CaseEntry, name: str) -> Any:  # noqa: ANN401 - a field's value
        """Return the case's own value of a field, or else the suite's default."""
        if name in entry.model_fields_set:
            return getattr(entry, name)
        return getattr(self.defaults, name) if self.defaults is not None else None

    def _location(self, place: DocPath) -> str:
        return f"{self.shown}:{self.document.mark(place).line}"

    def _problem(self, place: DocPath, message: str) -> None:
        self.problems.add(self.path, self.document.mark(place), message)

    def _passages(
        self, contexts: Sequence[str | ContextEntry], place: DocPath
    ) -> tuple[tuple[Passage, ...], tuple[str, ...]]:
        passages: list[Passage] = []
        ids: list[str] = []
        for number, context in enumerate(contexts):
            neutral, here = f"p{number + 1}", (*place, "contexts", number)
            if isinstance(context, str):
                passages.append(Passage(id=neutral, text=context))
                ids.append(neutral)
                continue
            if (context.text is None) == (context.file is None):
                self._problem(here, "the context needs 'text' or 'file', one of the two. Write one.")
            text = context.text if context.file is None else self._file(context.file, (*here, "file"))
            passages.append(Passage(id=neutral, text=text or "", source=context.source))
            own = context.id or neutral
            if own in ids:
                self._problem((*here, "id"), f"the context id {own!r} stands twice in this case. Rename one.")
            ids.append(own)
        return tuple(passages), tuple(ids)

    def _file(self, name: str, place: DocPath) -> str | None:
        """Read a text file in the suite's folder or below it, once."""
        if name not in self.files:
            self.files[name] = self._read(name, place)
        return self.files[name]

    def _read(self, name: str, place: DocPath) -> str | None:
        folder = self.path.resolve().parent
        try:
            target = (folder / name).resolve()
            if not target.is_relative_to(folder):
                self._problem(place, f"the file {name!r} lies outside the suite's folder. Put it beside the suite.")
            elif not target.is_file():
                self._problem(place, f"there is no file {name!r} in the suite's folder. Check the name.")
            elif target.stat().st_size > MAX_SCALAR:
                self._problem(place, f"the file {name!r} is larger than {MAX_SCALAR // 2**20} MB. Split it.")
            else:
                return target.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            self._problem(place, f"the file {name!r} is not UTF-8. Save it as UTF-8.")
        except (OSError, ValueError) as error:
            self._problem(place, f"the file {name!r} cannot be read: {error}.")
        return None

    def _limits(self, entry: CaseEntry, place: DocPath) -> Limits | None:
        """Return the limits that the case gives, or else those that its instructions state (`cases lint` compares)."""
        given = self._value(entry, "limits")
        if given is None:
            instructions = self._value(entry, "instructions")
            return stated_limits(instructions) if instructions else None
        limits = Limits(**_bounds(given))
        for unit in UNITS:
            low, high = getattr(limits, f"min_{unit}"), getattr(limits, f"max_{unit}")
            if low is not None and high is not None and low > high:
                self._problem((*place, "limits"), f"min_{unit} {low} is more than max_{unit} {high}. Swap them.")
        return limits

    def _format(self, given: FormatEntry | None, place: DocPath) -> Format | None:
        if given is None:
            return None
        here = (*place, "format")
        if given.regex is not None:
            try:
                re.compile(given.regex)
            except (re.error, RecursionError, OverflowError) as error:
                self._problem((*here, "regex"), f"not a regular expression: {error}. Mend it.")
        for key, value, package in (
            ("json_schema", given.json_schema_, "jsonschema"),
            ("language", given.language, "py3langid"),
        ):
            if value is not None and find_spec(package) is None:
                self._problem((*here, key), f"{key!r} needs the package {package!r}. Install the extra 'formats'.")
            elif isinstance(value, dict) and (wrong := schema_problem(value)) is not None:
                self._problem((*here, key), f"not a JSON Schema: {wrong}. Mend it.")
        return Format(
            between=given.between,
            json=given.json_ or given.json_schema_ is not None,
            json_schema=None if given.json_schema_ is None else json.dumps(given.json_schema_, sort_keys=True),
            json_lines=given.json_lines,
            yaml=given.yaml,
            csv=tuple(given.csv) if isinstance(given.csv, list) else () if given.csv else None,
            list=given.list_,
            table=given.table,
            headings=tuple(given.headings),
            regex=given.regex,
            one_of=tuple(given.one_of),
            language=given.language,
            contains=tuple(given.contains),
            lacks=tuple(given.lacks),
            citations=given.citations,
        )

    def _expectations(self, entry: CaseEntry) -> Expectations | None:
        given = self._value(entry, "expect")
        if given is None:
            return None
        return Expectations(
            mentions=tuple(tuple(_many(fact)) for fact in given.mentions),
            avoids=tuple(tuple(_many(content)) for content in given.avoids),
        )

    def _answer(self, given: AnswerEntry, place: DocPath) -> RecordedAnswer:
        labels = given.labels
        if labels is not None:
            for number, span in enumerate(labels.spans):
                if span.quote not in given.text:
                    here = (*place, "labels", "spans", number, "quote")
                    self._problem(
                        here, f"the quote {_cut(span.quote)!r} does not stand in the answer. Copy it literally."
                    )
            if labels.faithful is True and labels.spans:
                self._problem((*place, "labels"), "'faithful: yes' beside spans. Remove one of the two.")
        return RecordedAnswer(
            model=given.model,
            text=given.text,
            finish_reason=given.finish_reason,
            labels=None if labels is None else _labels(labels),
            location=self._location(place),
        )


def _bounds(given: LimitsEntry) -> dict[str, Any]:
    """Return the fields of `Limits`: "about" becomes a bound to either side."""
    bounds = given.model_dump()
    for unit in UNITS:
        about = bounds.pop(f"about_{unit}", None)
        if about is not None:
            bounds[f"min_{unit}"], bounds[f"max_{unit}"] = around(about)
    return bounds


def _labels(given: LabelsEntry) -> Labels:
    return Labels(
        faithful=False if given.spans else given.faithful,
        refusal=given.refusal,
        spans=tuple(LabelledSpan(quote=span.quote, label=span.label) for span in given.spans),
        known=given.known,
    )


def _many(value: str | Sequence[str] | None) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        yield from value or ()


def _instructions(text: str, limits: Limits | None) -> str:
    """Add the limits as a sentence where the instructions state none: the candidate must know them."""
    if limits is None or stated_limits(text) is not None:
        return text
    return "\n".join(part for part in (text, limit_sentences(limits)) if part)


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
