"""Specs and the components they stand for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import registry
from harness.errors import SpecError
from harness.records import Spec

if TYPE_CHECKING:
    from pathlib import Path


def test_a_spec_reads_name_target_and_options() -> None:
    spec = registry.parse("openai:org/model:tag?temperature=0.5&base_url=http%3A%2F%2F127.0.0.1%3A9%2Fv1")
    assert (spec.name, spec.target) == ("openai", "org/model:tag")
    assert spec.options == {"temperature": "0.5", "base_url": "http://127.0.0.1:9/v1"}


@given(
    st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
    st.one_of(st.none(), st.text().filter(lambda t: "?" not in t)),
    st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(st.characters(codec="utf-8"))),
)
def test_what_is_written_is_read_back(name: str, target: str | None, options: dict[str, str]) -> None:
    spec = Spec(name=name, target=target, options=dict(options))
    assert registry.parse(registry.written(spec)) == spec


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lexcal", "did you mean 'lexical'"),
        ("lexical?mod=rules", "did you mean 'mode'"),
        ("lexical?mode=wild", "must be one of"),
        ("lexical:target", "takes no target"),
        ("", "names no component"),
        ("lexical?mode=rules&mode=rules", "given twice"),
        ("lexical?mode", "option=value"),
    ],
)
def test_a_mistake_is_said_with_its_remedy(text: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        registry.build("detectors", registry.parse(text))
    assert said in str(caught.value).lower() or said in str(caught.value)


def test_options_become_what_the_annotation_says() -> None:
    engine = registry.build("engines", registry.parse("local?concurrency=3"))
    assert engine.concurrency == 3
    with pytest.raises(SpecError, match="must be a number"):
        registry.build("engines", registry.parse("local?concurrency=many"))


def test_a_class_is_built_by_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "house_rules.py").write_text(
        "class Calm:\n    def __init__(self, *, most: int = 3):\n        self.most = most\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for kind in ("scorers", "detectors"):
        assert registry.build(kind, registry.parse("class:house_rules:Calm?most=5")).most == 5
    with pytest.raises(SpecError, match="unknown option 'least'"):
        registry.build("scorers", registry.parse("class:house_rules:Calm?least=1"))
    with pytest.raises(SpecError, match="'house_rules' has no 'Loud'"):
        registry.build("scorers", registry.parse("class:house_rules:Loud"))
    with pytest.raises(SpecError, match="must read class:"):
        registry.build("scorers", registry.parse("class"))
    with pytest.raises(SpecError, match="unknown answerer 'class'"):
        registry.build("answerers", registry.parse("class:house_rules:Calm"))
