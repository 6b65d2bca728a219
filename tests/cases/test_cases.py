"""Case files: every mistake with its place and remedy, nothing dangerous, and the same digest wherever they lie."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cases import CaseSet, load, skeleton
from harness.errors import CaseFileError, HarnessError, UsageError

GOOD = """\
suite: s
defaults:
  limits: {max_words: 30}
  tags: [shared]
  answerable: yes
  contexts: [A context.]
cases:
  - id: a
    query: Why?
  - id: b
    query: How?
    contexts: ["Own context.", {id: x, text: Second, source: book}]
    answerable: no
    tags: own
    limits: {max_words: 5, strict: yes}
    instructions: In less than 5 words, please.
    answers:
      - {model: m, text: Because., labels: {refusal: no}}
"""


def loaded(folder: Path, text: str | bytes, name: str = "s.yaml") -> CaseSet:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load([path])


def problems(folder: Path, text: str | bytes, name: str = "s.yaml") -> str:
    with pytest.raises(CaseFileError) as caught:
        loaded(folder, text, name)
    return str(caught.value)


def test_inheritance_and_neutral_ids(tmp_path: Path) -> None:
    a, b = loaded(tmp_path, GOOD)
    assert (a.id, b.id) == ("s/a", "s/b")
    assert (a.answerable, b.answerable) == ("yes", "no")
    assert (a.tags, b.tags) == (("shared",), ("shared", "own"))
    assert a.question.instructions == "Answer in at most 30 words."
    assert b.question.instructions == "In less than 5 words, please."
    assert [p.id for p in b.question.passages] == ["p1", "p2"]
    assert b.context_ids == ("p1", "x")
    assert b.location is not None
    assert b.location.endswith("s.yaml:10")
    assert "s/" not in a.question.id
    assert b.limits is not None
    assert b.limits.strict


def test_the_skeleton_and_the_library_load(tmp_path: Path) -> None:
    assert len(loaded(tmp_path, skeleton("mine"))) == 2
    library = load([Path(__file__).parents[2] / "cases"])
    assert len(library) >= 60
    assert len(library.suites) >= 10
    answers = [answer for case in library for answer in case.answers]
    assert sum(answer.labels is not None for answer in answers) >= 150
    for suite in library.suites:
        assert suite.path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=case.schema.json\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("query: Why?", "qury: Why?", "9:5: unknown key 'qury'. Did you mean 'query'?"),
        (
            "query: Why?",
            "query: yes",
            "9:12: query must be text, and YAML reads 'yes' as a boolean. Quote it: \"yes\".",
        ),
        ("query: Why?", "query: 2024-03-03", "reads '2024-03-03' as a date"),
        ("query: Why?", "query: 12:30", "reads '12:30' as a number"),
        ("query: Why?", "query:", "query must be text, and is empty"),
        ("query: Why?", "query: Why?\n    query: How?", "10:5: the key 'query' stands twice (first in line 9)"),
        ("answerable: no", "answerable: nope", "answerable may not be 'nope'"),
        ("answerable: no", "answerable: parial", "Did you mean 'partial'?"),
        ("{max_words: 30}", "{max_words: 0}", "max_words is 0 and must be at least 1"),
        ("{max_words: 30}", "{max_words: many}", "max_words is 'many' and must be a whole number"),
        ("{max_words: 30}", "{max_words: 3, min_words: 9}", "min_words 9 is more than max_words 3"),
        ("tags: own", "tags: {a: b}", "tags"),
        ("  - id: b", "  - id: a", "10:5: the case id 's/a' stands at"),
        ("id: x, text: Second", "id: x", "the context needs 'text' or 'file'"),
        ("id: x, text: Second", "id: x, file: ../x.txt", "lies outside the suite's folder"),
        ("id: x, text: Second", "id: x, file: /etc/passwd", "lies outside the suite's folder"),
        ("id: x, text: Second", "id: x, file: none.txt", "there is no file 'none.txt'"),
        (
            "{refusal: no}",
            "{spans: [{quote: Nothing, label: echo}]}",
            "the quote 'Nothing' does not stand in the answer",
        ),
        ("{refusal: no}", "{faithful: yes, spans: [{quote: Because, label: echo}]}", "'faithful: yes' beside spans"),
        ("instructions: In", "format: {regex: '('}\n    instructions: In", "not a regular expression"),
        (
            "instructions: In",
            "format: {json_schema: {type: 7}}\n    instructions: In",
            "not a JSON Schema: $.type",
        ),
        (
            "instructions: In",
            "format: {json_schema: {$ref: 'http://x.org/s'}}\n    instructions: In",
            "a $ref points outside the schema",
        ),
        ("instructions: In", "format: {language: German}\n    instructions: In", "language"),
        ("suite: s", "suite: a b", "may hold letters, digits"),
        ("suite: s", "suit: s", "Did you mean 'suite'?"),
        ("cases:", "cases: 3\nmore:", "cases is 3 and must be a list"),
        ("suite: s", "\tsuite: s", "a tab indents this line"),
        ("query: Why?", "query: !!python/object:os.system x", "the tag"),
        ("query: Why?", "query: *nothing", "the alias '*nothing' names nothing"),
        ("query: Why?", "query: a: b", "Quote the text if it holds ': '"),
        ("query: Why?", "<<: {query: x}", "merge keys"),
        ("query: Why?", "query: Why?\n---\nsuite: t", "a second document begins"),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    assert said in problems(tmp_path, text)


def test_limits_are_taken_from_the_instructions(tmp_path: Path) -> None:
    text = GOOD.replace("  limits: {max_words: 30}\n", "").replace("    limits: {max_words: 5, strict: yes}\n", "")
    first, second = loaded(tmp_path, text)
    assert first.limits is None
    assert (second.limits.max_words, second.limits.strict) == (5, True) if second.limits else False
    first, _ = loaded(tmp_path, GOOD.replace("{max_words: 30}", "{about_words: 50, max_items: 3, code: no}"), "t.yaml")
    assert first.limits is not None
    assert (first.limits.min_words, first.limits.max_words, first.limits.max_items) == (45, 55, 3)
    assert first.limits.code is False
    assert "at least 45 words" in first.question.instructions


def test_all_mistakes_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(GOOD.replace("query: Why?", "qury: Why?").replace("query: How?", "query: 3"))
    (tmp_path / "two.yaml").write_text("suite: s2\ncases: [{id: a}]\n")
    (tmp_path / "_ignored.yaml").write_text("nonsense")
    with pytest.raises(CaseFileError) as caught:
        load([tmp_path])
    text = str(caught.value)
    assert "one.yaml:9:5" in text
    assert "one.yaml:11:12" in text
    assert "two.yaml" in text
    assert f"{len(caught.value.problems)} mistakes" in text


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "the file is empty"),
        (b" \n\t\n", "the file is empty"),
        (b"suite: \xff", "1:8: the byte 0xff is not UTF-8"),
        ("suite: s".encode("utf-16"), "UTF-16"),
        (b"suite: \x00", "U+0000"),
        (b"[" * 5000, "nest"),
        (b"a: " + b"{b: " * 40, "nested deeper"),
        (b"a: &a [*a]", "stands inside what it names"),
        (b"- 1", "must be a mapping"),
    ],
)
def test_bytes(tmp_path: Path, raw: bytes, said: str) -> None:
    assert said in problems(tmp_path, raw)


def test_an_alias_bomb_is_defused(tmp_path: Path) -> None:
    layers = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "aliases stand for more than" in problems(tmp_path, "\n".join(layers))


def test_a_huge_text_is_refused(tmp_path: Path) -> None:
    assert "longer than 4 MB" in problems(tmp_path, f'suite: "{"x" * (4 * 2**20 + 1)}"')


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "secret.txt")
    text = GOOD.replace("id: x, text: Second", "id: x, file: link.txt")
    assert "lies outside" in problems(tmp_path / "in", text)


def test_digest_depends_on_content_alone(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    first = loaded(tmp_path, GOOD)
    crlf = loaded(tmp_path / "other", b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode(), "renamed.yaml")
    assert crlf.digest == first.digest
    assert loaded(tmp_path, GOOD.replace("Why?", "Why not?")).digest != first.digest
    assert loaded(tmp_path, GOOD.replace("Because.", "Since.")).digest != first.digest


def test_tags_choose(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(GOOD)
    assert [case.id for case in load([path], tags=["own"])] == ["s/b"]
    with pytest.raises(UsageError, match="no case has the tag 'nothing'"):
        load([path], tags=["nothing"])


def test_the_order_depends_on_the_seed(tmp_path: Path) -> None:
    many = GOOD + "".join(f"  - {{id: c{n}, query: q}}\n" for n in range(30))
    found = loaded(tmp_path, many)
    orders = [[case.id for case in found.ordered(seed)] for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(case.id for case in found)
    expected = list(range(32))
    random.Random(0).shuffle(expected)
    ids = [case.id for case in found]
    assert orders[0] == [ids[n] for n in expected]


def test_json_lines(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "query": "q", "contexts": ["c"], "answers": [{"model": "m", "text": "t"}]},
        {"suite": "other", "id": "a", "query": "q", "contexts": [], "answerable": "no"},
    ]
    text = "\n\n".join(map(json.dumps, rows))
    found = loaded(tmp_path, text, "lines.jsonl")
    assert [case.id for case in found] == ["lines/a", "other/a"]
    assert [case.id for case in found.ordered(3)]
    said = problems(
        tmp_path, text + '\n{"id": "a", "query": "q", "contexts": []}\nnonsense\n{"id": "b", "id": "c"}', "l.jsonl"
    )
    assert "l.jsonl:5:1: not a JSON object" in said
    assert "stands twice" in said


@pytest.mark.parametrize("path", ["nothing.yaml", "text.txt"])
def test_paths(tmp_path: Path, path: str) -> None:
    (tmp_path / "text.txt").write_text("x")
    with pytest.raises(UsageError):
        load([tmp_path / path])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda t: t.encode("utf-8", "surrogatepass"))))
def test_no_input_breaks_the_loader(tmp_path: Path, raw: bytes) -> None:
    with suppress(HarnessError):
        loaded(tmp_path, raw)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["suite", "cases", "id", "query", "contexts", "answers", "x"]), inner, max_size=5
            ),
        ),
        max_leaves=12,
    )
)
def test_no_data_breaks_the_checks(tmp_path: Path, data: object) -> None:
    for name in ("x.yaml", "x.jsonl"):
        with suppress(HarnessError):
            loaded(tmp_path, json.dumps(data), name)
