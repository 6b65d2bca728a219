"use strict";
// Cases are built from data with textContent alone: nothing in them is ever read as markup.
(async () => {
  const PAGE = 20;
  const $ = (id) => document.getElementById(id);
  const make = (tag, cls, text) => {
    const node = document.createElement(tag);
    if (cls) node.className = cls;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const unpack = async (id) => {
    const bytes = Uint8Array.from(atob($(id).textContent.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).json();
  };
  const data = await unpack("records");
  const cases = data.cases.map((one) => ({ ...one, text: textOf(one).toLowerCase() }));

  function textOf(one) {
    const said = Object.values(one.r).map((r) => r.p.map((piece) => piece[0]).join(""));
    return [one.id, one.q, ...said].join("\n");
  }
  function fill(select, names) {
    names.forEach((name, n) => select.append(new Option(name, n)));
  }
  fill($("f-candidate"), data.candidates);
  fill($("f-metric"), data.metrics);
  fill($("f-tag"), data.tags);

  // ------------------------------------------------------------------------------------------------------- filters
  const fields = ["candidate", "metric", "tag", "verdict", "text"];
  const state = { page: 0, case: null, own: false };
  const value = (name) => $("f-" + name).value;

  function matches(one) {
    if (state.case !== null) return one.id === state.case[0] && String(one.n) === state.case[1];
    if (value("tag") !== "" && !one.t.includes(Number(value("tag")))) return false;
    if (value("text") && !one.text.includes(value("text").toLowerCase())) return false;
    const sides = Object.entries(one.r).filter(([n]) => value("candidate") === "" || n === value("candidate"));
    return sides.some(([, r]) => fits(r));
  }
  function fits(r) {
    const metric = value("metric") === "" ? null : Number(value("metric"));
    const scores = r.m.filter((score) => score[1] !== null && (metric === null || score[0] === metric));
    if (metric !== null && !scores.length) return false;
    switch (value("verdict")) {
      case "passed": return scores.length > 0 && scores.every((score) => score[2] !== false);
      case "failed": return scores.some((score) => score[2] === false);
      case "unsupported": return r.u.length > 0;
      case "refused": return r.w === "refused";
      case "broken": return r.f.length > 0;
      default: return true;
    }
  }

  // ---------------------------------------------------------------------------------------------------------- cases
  function answer(r, proofs) {
    const box = make("p", "said");
    let open = null, number = null;
    for (const [text, sentence, finding] of r.p) {
      if (sentence !== number) {
        number = sentence;
        open = sentence < 0 ? box : sentenceNode(r, sentence, proofs);
        if (sentence >= 0) box.append(open);
      }
      open.append(finding < 0 ? document.createTextNode(text) : make("mark", r.u[finding][0], text));
    }
    return box;
  }
  function sentenceNode(r, number, proofs) {
    const [verdict] = r.e[number];
    const node = make("span", "sentence " + verdict.replace(/[^a-z]/g, "-"));
    node.tabIndex = 0;
    node.setAttribute("role", "note");
    const show = () => {
      for (const other of proofs.parentNode.querySelectorAll(".sentence.on")) other.classList.remove("on");
      node.classList.add("on");
      proofs.replaceChildren(...evidence(r, number));
    };
    node.addEventListener("mouseenter", show);
    node.addEventListener("focus", show);
    node.title = verdict;
    return node;
  }
  function evidence(r, number) {
    const [verdict, probability, found] = r.e[number];
    const sure = typeof probability === "number" ? " (probability of being unsupported, taken by itself: " + probability.toFixed(2) + ")" : "";
    const nodes = [make("p", "label", verdict + sure)];
    for (const piece of r.p.filter((p) => p[1] === number && p[2] >= 0)) {
      const [label, confidence, reason] = r.u[piece[2]];
      nodes.push(make("p", "", label + " (" + confidence.toFixed(2) + "): " + reason));
    }
    if (!found.length) nodes.push(make("p", "soft", "no evidence in the passages"));
    for (const [passage, before, hit, after] of found) {
      nodes.push(make("p", "soft", "in " + passage + ":"));
      const quote = make("blockquote");
      quote.append(before, make("mark", "proof", hit), after);
      nodes.push(quote);
    }
    return nodes;
  }
  function side(name, r) {
    const box = make("section", "side");
    box.append(make("h4", "", name));
    const proofs = make("div", "proofs soft");
    proofs.setAttribute("aria-live", "polite");
    if (r.p.length) box.append(answer(r, proofs));
    for (const [stage, code, message] of r.f) box.append(make("p", "label", stage + " broke down: " + code + ": " + message));
    box.append(proofs);
    const list = make("ul", "scores");
    for (const [metric, number, passed, reason] of r.m) {
      if (number !== null) list.append(make("li", passed === false ? "failed" : "", data.metrics[metric] + " " + number + ": " + reason));
    }
    box.append(list);
    return box;
  }
  function caseNode(one) {
    const box = make("article");
    const head = make("header");
    const link = make("a", "", one.id + (one.n ? " (trial " + one.n + ")" : ""));
    link.href = "#case=" + encodeURIComponent(one.id) + "&trial=" + one.n;
    head.append(link, " · " + [one.l, one.a && "answerable: " + one.a, ...one.t.map((t) => data.tags[t])].filter(Boolean).join(" · "));
    box.append(head, make("p", "label", one.q));
    const sides = make("div", "sides");
    for (const [n, r] of Object.entries(one.r)) {
      if (state.case !== null || value("candidate") === "" || n === value("candidate")) sides.append(side(data.candidates[n], r));
    }
    box.append(sides);
    return box;
  }
  function render() {
    const found = cases.filter(matches);
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    state.page = Math.min(state.page, pages - 1);
    $("count").textContent = found.length + " of " + cases.length + (cases.length === 1 ? " case" : " cases") + ", page " + (state.page + 1) + " of " + pages;
    $("previous").disabled = state.page === 0;
    $("next").disabled = state.page === pages - 1;
    $("all").hidden = state.case === null;
    $("case-list").replaceChildren(...found.slice(state.page * PAGE, (state.page + 1) * PAGE).map(caseNode));
  }

  // ------------------------------------------------------------------------------------------------------ deep links
  function read() {
    const hash = new URLSearchParams(location.hash.slice(1));
    if (!hash.has("case") && !fields.some((name) => hash.has(name))) return false;
    state.case = hash.has("case") ? [hash.get("case"), hash.get("trial") || "0"] : null;
    state.page = 0;
    for (const name of fields) {
      const wanted = hash.get(name) || "";
      const named = { candidate: data.candidates, metric: data.metrics, tag: data.tags }[name];
      const at = named ? named.indexOf(wanted) : -1;
      $("f-" + name).value = named ? (at < 0 ? "" : String(at)) : wanted;
    }
    return true;
  }
  function write() {
    const hash = new URLSearchParams();
    for (const name of fields) {
      if (value(name) === "") continue;
      const named = { candidate: data.candidates, metric: data.metrics, tag: data.tags }[name];
      hash.set(name, named ? named[Number(value(name))] : value(name));
    }
    // Not history.replaceState: from disk a page has no origin, and browsers refuse it that.
    const before = location.href;
    location.replace("#" + hash.toString());
    state.own = location.href !== before;
  }
  const chosen = () => { state.case = null; state.page = 0; write(); render(); };
  for (const name of fields) {
    $("f-" + name).addEventListener("input", chosen);
    $("f-" + name).addEventListener("change", chosen);
  }
  $("previous").addEventListener("click", () => { state.page -= 1; render(); });
  $("next").addEventListener("click", () => { state.page += 1; render(); });
  $("all").addEventListener("click", () => { state.case = null; write(); render(); });
  addEventListener("hashchange", () => { if (state.own) state.own = false; else if (read()) { render(); $("cases").scrollIntoView(); } });
  const linked = read();
  render();
  if (linked) $("cases").scrollIntoView();
  document.body.dataset.ready = "yes";
})();
