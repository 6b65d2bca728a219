"""What a case file may hold: the models that check it, from which the JSON Schema is made."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

__all__ = [
    "AnswerEntry",
    "CaseEntry",
    "ContextEntry",
    "DefaultsEntry",
    "FormatEntry",
    "LabelsEntry",
    "LimitsEntry",
    "SuiteEntry",
    "json_schema",
]


def _yes_no(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Take YAML's unquoted yes and no, which it reads as booleans, as the words they are."""
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _flag(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return {"yes": True, "no": False}.get(value, value) if isinstance(value, str) else value


def _one_or_many(value: Any) -> str:  # noqa: ANN401 - whatever the file holds
    return "many" if isinstance(value, list) else "one"


def _text_or_table(value: Any) -> str:  # noqa: ANN401 - whatever the file holds
    return "table" if isinstance(value, dict) else "text"


AnswerableEntry: TypeAlias = Annotated[
    Literal["yes", "no", "partial", "false_presupposition"],
    BeforeValidator(_yes_no, json_schema_input_type=Literal["yes", "no", "partial", "false_presupposition"] | bool),
]
YesNo: TypeAlias = Annotated[bool, BeforeValidator(_flag, json_schema_input_type=bool | Literal["yes", "no"])]
Text: TypeAlias = Annotated[str, Field(min_length=1)]
Texts: TypeAlias = Annotated[
    Annotated[Text, Tag("one")] | Annotated[list[Text], Tag("many")], Discriminator(_one_or_many)
]
Positive: TypeAlias = Annotated[int, Field(ge=1)]


class _Entry(BaseModel):
    """A mapping of a case file: unknown keys are mistakes, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ContextEntry(_Entry):
    """A retrieved passage: its text here, or in a text file beside the suite."""

    id: Text | None = None
    text: str | None = None
    file: Text | None = None
    source: Text | None = None


class TurnEntry(_Entry):
    """An earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    text: str


class LimitsEntry(_Entry):
    """How long the answer may be; inclusive unless strict; about: 10% to either side."""

    max_words: Positive | None = None
    min_words: Positive | None = None
    max_sentences: Positive | None = None
    min_sentences: Positive | None = None
    max_characters: Positive | None = None
    min_characters: Positive | None = None
    max_paragraphs: Positive | None = None
    min_paragraphs: Positive | None = None
    max_items: Positive | None = None
    min_items: Positive | None = None
    about_words: Positive | None = None
    about_sentences: Positive | None = None
    about_characters: Positive | None = None
    strict: YesNo = False
    code: YesNo = True
    citations: YesNo = True


class FormatEntry(_Entry):
    """What the raw answer must look like."""

    between: Text | None = None
    json_: YesNo = Field(default=False, alias="json")
    json_schema_: dict[str, Any] | None = Field(default=None, alias="json_schema")
    json_lines: YesNo = False
    yaml: YesNo = False
    csv: YesNo | list[Text] = False
    list_: Literal["bullets", "numbered", "steps", "any"] | None = Field(default=None, alias="list")
    table: YesNo = False
    headings: list[Text] = Field(default_factory=list)
    regex: Text | None = None
    one_of: list[Text] = Field(default_factory=list)
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    contains: list[Text] = Field(default_factory=list)
    lacks: list[Text] = Field(default_factory=list)
    citations: YesNo = False


class ExpectEntry(_Entry):
    """Facts that a good answer states, and content that must not appear; a list inside holds alternatives."""

    mentions: list[Texts] = Field(default_factory=list)
    avoids: list[Texts] = Field(default_factory=list)


class SpanEntry(_Entry):
    """A finding by a human: quoted text and its label."""

    quote: Text
    label: Literal["baseless", "conflict", "echo"]


class LabelsEntry(_Entry):
    """A human's judgement of a recorded answer."""

    faithful: YesNo | None = None
    refusal: YesNo | None = None
    spans: list[SpanEntry] = Field(default_factory=list)
    known: Literal["miss", "false_alarm"] | None = None


class AnswerEntry(_Entry):
    """A recorded answer."""

    model: Text
    text: str
    finish_reason: Text | None = None
    labels: LabelsEntry | None = None


ContextItem: TypeAlias = Annotated[
    Annotated[str, Tag("text")] | Annotated[ContextEntry, Tag("table")], Discriminator(_text_or_table)
]


class DefaultsEntry(_Entry):
    """What every case of the suite inherits; a case's own value replaces it, tags are added up."""

    contexts: list[ContextItem] | None = None
    instructions: str | None = None
    answerable: AnswerableEntry | None = None
    references: Texts | None = None
    history: list[TurnEntry] | None = None
    limits: LimitsEntry | None = None
    format: FormatEntry | None = None
    expect: ExpectEntry | None = None
    tags: Texts | None = None
    group: Text | None = None


class CaseEntry(DefaultsEntry):
    """One case."""

    id: Annotated[str, Field(pattern=r"^[\w][\w.\-]*$", max_length=200)]
    query: Text
    answers: list[AnswerEntry] = Field(default_factory=list)


class SuiteEntry(_Entry):
    """A case file."""

    suite: Annotated[str, Field(pattern=r"^[\w][\w.\-]*$", max_length=200)]
    description: str = ""
    prompt: Text | None = None
    defaults: DefaultsEntry | None = None
    cases: list[CaseEntry]


def json_schema() -> str:
    """Return the JSON Schema of a case file as text that ends with a newline."""
    schema = SuiteEntry.model_json_schema(by_alias=True, mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
