"""The report in a real browser: it works from disk, asks for nothing, and what answers say stays text."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakePage = Callable[[str], Path]

pytestmark = pytest.mark.xdist_group("browser")  # one Chromium
SUITE = """\
suite: pumps
defaults:
  contexts:
    - The pump starts at nine. The valve is made of brass.
    - Service is due every 500 hours. Only trained staff may open the lid.
cases:
  - id: start
    query: When does the pump start?
    answerable: yes
    tags: [times]
    answers:
      - {model: good, text: The pump starts at nine., labels: {faithful: yes}}
      - {model: bad, text: "The pump starts at nine. Then calibrate the flux sensor with the vendor's mobile app.", labels: {faithful: no}}
  - id: service
    query: How often is service due?
    answerable: yes
    limits: {max_words: 8}
    answers:
      - {model: good, text: Service is due every 500 hours.}
      - {model: bad, text: Service is due every 900 hours.}
  - id: owner
    query: Who owns the pump?
    answerable: no
    tags: [owners]
    answers:
      - {model: good, text: I don't know.}
      - {model: bad, text: The pump is owned by Maria Keller of Hamburg.}
"""
HOSTILE = [
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    "</script></style></textarea><svg onload='window.pwned = 1'>",
    "<style>body { display: none }</style><base href='https://example.invalid/'>",
    "<iframe src='https://example.invalid/'></iframe><a href='javascript:window.pwned=1'>x</a>",
    "right \u202e to left \u2066 isolate",
    "W" * 20_000,
]


def opened(browser: Any, path: Path, fragment: str = "") -> None:
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(f"{path.as_uri()}{fragment}")
    until(browser, lambda _: browser.execute_script("return document.body.dataset.ready === 'yes'"))


def until(browser: Any, condition: Callable[[Any], bool]) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 60).until(condition)


def messages(browser: Any) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser")]


def requests(browser: Any) -> list[str]:
    entries = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [e["params"]["request"]["url"] for e in entries if e["method"] == "Network.requestWillBeSent"]


def choose(browser: Any, field: str, text: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(browser.find_element("id", f"f-{field}")).select_by_visible_text(text)


def shown(browser: Any) -> list[str]:
    script = "return [...document.querySelectorAll('#case-list article > header a')].map((a) => a.textContent)"
    return list(browser.execute_script(script))


def test_the_page_is_quiet_and_asks_for_nothing(browser: Any, page: MakePage) -> None:
    path = page(SUITE)
    opened(browser, path)
    assert messages(browser) == []
    assert {url for url in requests(browser) if not url.startswith("data:")} == {path.as_uri()}
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


def test_filters_narrow_the_cases(browser: Any, page: MakePage) -> None:
    opened(browser, page(SUITE))
    assert shown(browser) == ["pumps/owner", "pumps/service", "pumps/start"]
    choose(browser, "verdict", "unsupported content")
    choose(browser, "candidate", "good")
    assert shown(browser) == []
    choose(browser, "candidate", "bad")
    assert len(shown(browser)) == 3
    choose(browser, "tag", "owners")
    assert shown(browser) == ["pumps/owner"]
    choose(browser, "tag", "any")
    choose(browser, "metric", "word_limit")
    choose(browser, "verdict", "passed")
    assert shown(browser) == ["pumps/service"]
    choose(browser, "metric", "any")
    choose(browser, "verdict", "any")
    browser.find_element("id", "f-text").send_keys("FLUX")
    assert shown(browser) == ["pumps/start"]
    assert "1 of 3 cases" in browser.find_element("id", "count").text


@pytest.mark.parametrize("way", ["hover", "focus"])
def test_a_sentence_shows_its_evidence(browser: Any, page: MakePage, way: str) -> None:
    from selenium.webdriver import ActionChains

    opened(browser, page(SUITE), "#case=pumps%2Fservice&trial=0")
    (sentence,) = [s for s in browser.find_elements("css selector", ".sentence") if "900" in s.text]
    assert "unsupported" in sentence.get_attribute("class")
    if way == "hover":
        ActionChains(browser).move_to_element(sentence).perform()
    else:
        browser.execute_script("arguments[0].focus()", sentence)
        assert browser.switch_to.active_element == sentence
    proof = sentence.find_element("xpath", "ancestor::section[1]//div[contains(@class, 'proofs')]")
    assert "Service is due every 500 hours." in proof.find_element("css selector", "mark.proof").text
    assert "conflict" in proof.text
    assert "in p2" in proof.text


def test_sentences_are_reached_with_the_tab_key(browser: Any, page: MakePage) -> None:
    from selenium.webdriver import Keys

    opened(browser, page(SUITE), "#case=pumps%2Fstart&trial=0")
    browser.find_element("id", "f-text").click()
    for _ in range(8):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        if "sentence" in (browser.switch_to.active_element.get_attribute("class") or ""):
            break
    assert "sentence" in browser.switch_to.active_element.get_attribute("class")


def test_links_lead_to_one_case_and_back_to_all(browser: Any, page: MakePage) -> None:
    path = page(SUITE)
    opened(browser, path)
    browser.find_element("css selector", "#finding-1 header a").click()
    until(browser, lambda _: len(shown(browser)) == 1)
    browser.find_element("id", "all").click()
    assert len(shown(browser)) == 3
    choose(browser, "candidate", "bad")
    link = browser.current_url.split("#")[1]
    opened(browser, path, f"#{link}")
    assert browser.find_element("id", "f-candidate").get_attribute("value") != ""


def test_hostile_texts_are_text(browser: Any, page: MakePage) -> None:
    answers = "\n".join(
        f"      - {{model: m{n}, text: {json.dumps(f'{text} turbines rattle in Lisbon. {text}')}}}"
        for n, text in enumerate(HOSTILE)
    )
    contexts = "\n".join(f"      - {json.dumps(f'The pump starts. {text}')}" for text in HOSTILE)
    query, tag = json.dumps(HOSTILE[0]), json.dumps(HOSTILE[1])
    suite = f"suite: bad\ncases:\n  - id: one\n    query: {query}\n    tags: [{tag}]\n    contexts:\n{contexts}\n    answers:\n{answers}\n"
    path = page(suite)
    opened(browser, path)
    for sentence in browser.find_elements("css selector", ".sentence"):
        browser.execute_script("arguments[0].focus()", sentence)
    assert browser.execute_script("return window.pwned") is None
    assert messages(browser) == []
    assert {url for url in requests(browser) if not url.startswith("data:")} == {path.as_uri()}
    counts = browser.execute_script(
        "return ['script', 'img', 'iframe', 'base', 'style', 'svg[onload]', 'a[href^=javascript]']"
        ".map((s) => document.querySelectorAll(s).length)"
    )
    assert counts == [2, 0, 0, 0, 1, 0, 0]
    text = browser.find_element("id", "case-list").text
    assert "<script>window.pwned = 1</script>" in text
    assert "⟨U+202E⟩" in text
    assert "\u202e" not in browser.execute_script("return document.body.textContent")


@pytest.mark.parametrize("width", [375, 900, 1440])
def test_nothing_is_cut_off_at_any_width(browser: Any, page: MakePage, width: int) -> None:
    opened(browser, page(SUITE))
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_every_control_and_chart_has_a_name(browser: Any, page: MakePage) -> None:
    opened(browser, page(SUITE))
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles: dict[str, list[str]] = {}
    for node in nodes:
        if not node.get("ignored"):
            role = node.get("role", {}).get("value", "")
            roles.setdefault(role, []).append(node.get("name", {}).get("value", ""))
    for role in ("combobox", "searchbox", "button", "link", "image", "img", "table", "region", "heading"):
        assert all(roles.get(role, [])), role
    assert len(roles["combobox"]) == 4
    assert roles.get("image", []) + roles.get("img", [])
    assert browser.execute_script("return document.documentElement.lang") == "en"


def test_dark_and_print(browser: Any, page: MakePage) -> None:
    opened(browser, page(SUITE))

    def paper() -> str:
        return str(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))

    light = paper()
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    )
    try:
        assert paper() != light
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]
    assert base64.b64decode(printed).startswith(b"%PDF")
