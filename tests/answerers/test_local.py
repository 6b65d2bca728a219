"""Functions, commands, recorded answers, baselines and the extractive candidate."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.answerers.baselines import Echo, Oracle, Refuse
from harness.answerers.command import Command
from harness.answerers.extractive import Extractive
from harness.answerers.function import Function
from harness.answerers.prompts import NAMED, load_prompt
from harness.answerers.recorded import Recorded
from harness.errors import BreakdownError, SpecError, UsageError
from harness.records import Answer, Case, Passage, Question, RecordedAnswer, Turn

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = Question(
    id="q",
    query="When does the pump start?",
    passages=(
        Passage(id="p1", text="The valve is red. The pump starts at nine."),
        Passage(id="p2", text="Lids are blue."),
    ),
)
CASE = Case(
    id="s/a",
    question=QUESTION,
    references=("At nine.",),
    answers=(
        RecordedAnswer(model="m", text="nine"),
        RecordedAnswer(model="m", text="9"),
        RecordedAnswer(model="n", text="ten"),
    ),
)


def case_of(_id: str) -> Case:
    return CASE


def test_extractive_quotes_what_bears_on_the_query() -> None:
    answer = asyncio.run(Extractive(sentences=1).answer(QUESTION))
    assert answer.text == "The pump starts at nine."


def test_extractive_declines_when_the_evidence_is_thin() -> None:
    question = replace(QUESTION, query="Who founded the company in Lisbon?")
    assert asyncio.run(Extractive().answer(question)).text == "I don't know."
    assert asyncio.run(Extractive().answer(replace(QUESTION, passages=()))).text == "I don't know."


def test_extractive_keeps_the_stated_limit() -> None:
    question = replace(QUESTION, instructions="Answer in less than 4 words.")
    assert len(asyncio.run(Extractive().answer(question)).text.split()) == 3


def test_baselines() -> None:
    assert asyncio.run(Refuse().answer(QUESTION)).text == "I don't know."
    assert "Lids are blue." in asyncio.run(Echo().answer(QUESTION)).text
    assert asyncio.run(Oracle(case_of=case_of).answer(QUESTION)).text == "At nine."


@pytest.mark.parametrize(("model", "trial", "text"), [("m", 0, "nine"), ("m", 1, "9"), ("n", 0, "ten")])
def test_recorded_answers_in_the_case(model: str, trial: int, text: str) -> None:
    assert asyncio.run(Recorded(case_of=case_of, model=model).answer(QUESTION, trial=trial)).text == text


def test_a_recorded_answer_that_is_not_there_is_a_breakdown() -> None:
    with pytest.raises(BreakdownError) as caught:
        asyncio.run(Recorded(case_of=case_of, model="n").answer(QUESTION, trial=1))
    assert caught.value.code == "not_recorded"


def test_recorded_answers_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"case_id": "s/a", "text": "from the file"}\n\n{"case_id": "s/a", "trial": 1, "text": "again"}\n')
    made = Recorded(case_of=case_of, target=str(path))
    assert asyncio.run(made.answer(QUESTION)).text == "from the file"
    assert asyncio.run(made.answer(QUESTION, trial=1)).text == "again"


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"text": "x"}', '{"case_id": "s/a"}'])
def test_a_mistake_in_the_file_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(UsageError, match=r"a\.jsonl:1"):
        Recorded(case_of=case_of, target=str(path))


MODULE = """
from harness.records import Answer
def plain(question): return question.query.upper()
async def later(question, trial): return {"text": f"trial {trial}", "passages": ["own", {"id": "x", "text": "y"}]}
def wrong(question): return 3
def raising(question): raise RuntimeError("no luck")
def full(question): return Answer(text="t", model="mine")
not_callable = 3
class Maker:
    async def __call__(self, question): return "called"
made = Maker()
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mymodule_4711.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", [*sys.path])
    sys.modules.pop("mymodule_4711", None)
    return tmp_path


def call(root: Path, name: str) -> Answer:
    return asyncio.run(Function(target=f"mymodule_4711:{name}", root=root).answer(QUESTION, trial=2))


def test_functions_sync_and_async(root: Path) -> None:
    assert call(root, "plain").text == "WHEN DOES THE PUMP START?"
    assert call(root, "full").model == "mine"
    assert call(root, "made").text == "called"
    own = call(root, "later")
    assert own.text == "trial 2"
    assert own.passages == (Passage(id="p1", text="own"), Passage(id="x", text="y"))


@pytest.mark.parametrize(("name", "code"), [("raising", "function_error"), ("wrong", "function_output")])
def test_a_function_that_breaks_down(root: Path, name: str, code: str) -> None:
    with pytest.raises(BreakdownError) as caught:
        call(root, name)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "target", ["nocolon", "no_such_module_4711:f", "mymodule_4711:nothing", "mymodule_4711:not_callable"]
)
def test_a_function_that_is_not_there(root: Path, target: str) -> None:
    with pytest.raises(SpecError):
        Function(target=target, root=root)


ECHO = """
import json, os, sys
for line in sys.stdin:
    q = json.loads(line)
    if q["query"] == "die": sys.stderr.write("gone\\n"); sys.exit(3)
    if q["query"] == "hang": import time; time.sleep(60)
    if q["query"] == "junk": print("not json", flush=True); continue
    print(json.dumps({"text": f"{os.getpid()} {q['query']} {len(q['passages'])}"}), flush=True)
"""


def test_a_command_is_kept_alive_and_started_again(tmp_path: Path) -> None:
    script = tmp_path / "answer.py"
    script.write_text(ECHO)

    async def work() -> None:
        made = Command(target=f"{sys.executable} {script}", timeout=5)
        first, second = [(await made.answer(QUESTION)).text.split() for _ in range(2)]
        assert first == second
        assert first[1:] == [*QUESTION.query.split(), "2"]
        with pytest.raises(BreakdownError, match="gone") as caught:
            await made.answer(replace(QUESTION, query="die"))
        assert caught.value.code == "command_exit"
        with pytest.raises(BreakdownError) as caught:
            await made.answer(replace(QUESTION, query="junk"))
        assert caught.value.code == "command_output"
        third = (await made.answer(QUESTION)).text.split()
        assert third[0] != first[0]
        await made.aclose()

    asyncio.run(work())


def test_a_command_that_hangs_is_stopped(tmp_path: Path) -> None:
    script = tmp_path / "answer.py"
    script.write_text(ECHO)

    async def work() -> None:
        made = Command(target=f"{sys.executable} {script}", timeout=0.5)
        with pytest.raises(BreakdownError) as caught:
            await made.answer(replace(QUESTION, query="hang"))
        assert caught.value.code == "timeout"
        await made.aclose()

    asyncio.run(work())


def test_a_command_that_cannot_be_started() -> None:
    async def work() -> None:
        with pytest.raises(BreakdownError) as caught:
            await Command(target="no-such-program-4711").answer(QUESTION)
        assert caught.value.code == "command_exit"

    asyncio.run(work())


@pytest.mark.parametrize("name", NAMED)
def test_named_prompts_hold_everything_literally(name: str) -> None:
    question = replace(
        QUESTION,
        query="{contexts} or {x}?",
        instructions="in {{two}} words",
        history=(Turn(role="user", text="hi {query}"),),
    )
    said = json.dumps(load_prompt(name).render(question))
    for text in ("{contexts} or {x}?", "in {{two}} words", "hi {query}", "The pump starts at nine."):
        assert text in said


def test_prompt_files_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_text("[system]\nBe {{brief}}.\n[user]\n{contexts} {query}")
    messages = load_prompt(str(path)).render(QUESTION)
    assert [m["role"] for m in messages] == ["system", "user"]
    assert messages[0]["content"] == "Be {brief}."
    path.write_text("{qury} {contexts}")
    with pytest.raises(SpecError, match=r"Did you mean \{query\}"):
        load_prompt(str(path))
    path.write_text("{query}")
    with pytest.raises(SpecError, match=r"lacks \{contexts\}"):
        load_prompt(str(path))


def test_a_suite_named_as_answers_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    path.write_text('{"id": "a", "query": "When?", "contexts": [], "answers": [{"model": "m", "text": "At nine."}]}\n')
    with pytest.raises(UsageError, match=r"it is a suite\. harness run .*traces\.jsonl -a recorded"):
        Recorded(case_of=lambda _: pytest.fail("asked"), target=str(path))
