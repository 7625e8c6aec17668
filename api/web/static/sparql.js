// The SPARQL editor: colours and line numbers behind a real text area, completion, running without leaving
// the page. Without this script the page is a form that works.
const form = document.getElementById("ask");
const area = document.getElementById("query");
const editor = document.getElementById("editor");
const answer = document.getElementById("answer");
const run = document.getElementById("run");

const TOKENS = new RegExp([
  /(?<note>#[^\n]*)/, /(?<text>"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)/,
  /(?<iri><[^<>"{}|^`\s]*>?)/, /(?<var>[?$]\w+)/, /(?<name>[A-Za-z][\w-]*)?:(?:[\w%.-]*[\w%-])?/,
  /(?<digit>\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)/, /(?<word>@?[A-Za-z_]\w*)/,
].map((one) => one.source).join("|"), "g");
const WORDS = new Set(("a as asc ask base bind bound by coalesce concat construct contains count datatype desc describe distinct exists false"
  + " filter from graph group group_concat having if in insert iri isblank isiri isliteral lang langmatches lcase limit max min minus named not now"
  + " offset optional order prefix reduced regex replace sample select separator service str strafter strbefore strends strlen strstarts substr sum"
  + " true ucase undef union uri using values where xsd year avg abs ceil floor round").split(" "));

function painted(text) {
  const out = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    let kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined) ?? "name";
    if (kind === "word" && !WORDS.has(match[0].toLowerCase())) continue;
    if (match[0].includes(":") && kind === "name") kind = "name";
    out.append(text.slice(at, match.index));
    const span = document.createElement("span");
    span.className = `t-${kind}`;
    span.textContent = match[0];
    out.append(span);
    at = match.index + match[0].length;
  }
  out.append(text.slice(at), "\n");
  return out;
}

const paint = document.createElement("pre");
const lines = document.createElement("pre");
let bad = 0;

function repaint() {
  paint.replaceChildren(painted(area.value));
  const count = area.value.split("\n").length;
  lines.replaceChildren(...Array.from({ length: count }, (_, number) => {
    const one = document.createElement("span");
    one.textContent = `${number + 1}\n`;
    if (number + 1 === bad) one.className = "bad";
    return one;
  }));
  follow();
}

function follow() {
  paint.scrollTop = lines.scrollTop = area.scrollTop;
  paint.scrollLeft = area.scrollLeft;
}

function put(text, from, to) {
  // Through the browser's own editing, so that undo keeps working.
  area.focus();
  area.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, text)) area.setRangeText(text, from, to, "end");
  changed();
}

function changed() {
  bad = 0;
  repaint();
}

// --- completion -----------------------------------------------------------------------------------------
const choices = document.createElement("ul");
let found = [];
let chosen = -1;
let asked = 0;
let waiting = 0;

function word() {
  const before = area.value.slice(0, area.selectionStart);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const typed = line.match(/(?:<[^<>\s]*|[\w-]*:[\w-]*|[A-Za-z][\w-]*)$/)?.[0] ?? "";
  return { typed, from: area.selectionStart - typed.length, line, kind: /(?:^|[\s;{.])(?:a|rdf:type)\s+\S*$/.test(line) ? "class" : "any" };
}

function inNote(line) {
  return /(?:^|\s)#/.test(line.replace(/<[^>]*>|"[^"]*"/g, ""));
}

async function suggest(forced) {
  const { typed, line, kind } = word();
  const mine = ++asked;
  if ((typed.length < 2 && !forced) || inNote(line) || /[?$]\w*$/.test(line)) { close(); return; }
  const question = new URLSearchParams({ text: typed.replace(/^</, "").slice(0, 200), kind, limit: "12" });
  const said = await fetch(`/sparql/complete?${question}`);
  if (!said.ok || mine !== asked) return;
  found = (await said.json()).completions.filter((one) => one.insert !== typed);
  show(!forced);
}

function show() {
  choices.replaceChildren(...found.map((one, number) => {
    const item = document.createElement("li");
    item.id = `choice-${number}`;
    item.setAttribute("role", "option");
    const name = document.createElement("span");
    name.className = "what";
    name.textContent = one.kind === "entity" ? one.label : one.insert;
    const more = document.createElement("span");
    more.className = "soft";
    more.textContent = [one.kind === "entity" ? "" : one.kind, one.count > 1 ? one.count.toLocaleString("en") : ""].filter(Boolean).join(" · ");
    item.append(name, more);
    item.addEventListener("mousedown", (event) => { event.preventDefault(); take(number); });
    return item;
  }));
  choices.hidden = !found.length;
  choose(found.length ? 0 : -1);
  if (found.length) place();
}

function place() {
  const before = area.value.slice(0, word().from).split("\n");
  const style = getComputedStyle(area);
  const pen = place.pen ??= document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontSize} ${style.fontFamily}`;
  const left = lines.offsetWidth + 12 + pen.measureText("0").width * before.at(-1).length - area.scrollLeft;
  choices.style.left = `${Math.max(0, Math.min(left, editor.clientWidth - choices.offsetWidth - 4)) + editor.offsetLeft}px`;
  choices.style.top = `${10 + 21 * before.length - area.scrollTop + editor.offsetTop + 2}px`;
}

function choose(number) {
  chosen = number;
  [...choices.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === number)));
  if (number >= 0) {
    area.setAttribute("aria-activedescendant", `choice-${number}`);
    choices.children[number].scrollIntoView({ block: "nearest" });
  } else area.removeAttribute("aria-activedescendant");
}

function take(number) {
  const one = found[number];
  const { from } = word();
  close();
  put(one.insert, from, area.selectionStart);
}

function close() {
  asked += 1;
  found = [];
  choices.hidden = true;
  choose(-1);
}

// --- running --------------------------------------------------------------------------------------------
let running = null;

function address(fields) {
  const query = new URLSearchParams([...fields].filter(([name, value]) => value && name !== "show"));
  return `/sparql?${query}`;
}

async function ask(show) {
  running?.abort();
  const mine = running = new AbortController();
  const fields = new URLSearchParams(new FormData(form));
  if (show) fields.set("show", show);
  const began = performance.now();
  const clock = document.createElement("p");
  clock.className = "soft";
  const stop = document.createElement("button");
  stop.type = "button";
  stop.className = "second";
  stop.textContent = "Cancel";
  stop.addEventListener("click", () => mine.abort());
  const row = document.createElement("div");
  row.className = "tools";
  row.append(clock, stop);
  const tick = () => { clock.textContent = `${show ? "Estimating" : "Running"} … ${((performance.now() - began) / 1000).toFixed(1)} s`; };
  const slow = setTimeout(() => { if (running === mine) { tick(); answer.replaceChildren(row); } }, 250);
  const ticking = setInterval(tick, 100);
  try {
    const said = await fetch("/sparql", { method: "POST", body: fields, headers: { Accept: "text/html", "X-Part": "answer" }, signal: mine.signal });
    answer.innerHTML = await said.text();
    after();
    const here = address(fields);
    if (!show) history.replaceState(null, "", here.length < 8000 ? here : "/sparql");
  } catch (error) {
    if (running === mine) answer.textContent = error.name === "AbortError" ? "Cancelled." : "The server did not answer. Try again.";
  } finally {
    clearTimeout(slow);
    clearInterval(ticking);
    if (running === mine) running = null;
  }
}

function after() {
  const where = answer.querySelector("[data-place]")?.dataset.place ?? "";
  bad = Number(where.match(/line (\d+)/)?.[1] ?? 0);
  repaint();
  if (bad) area.scrollTop = Math.max(0, (bad - 4) * 21);
  for (const pre of answer.querySelectorAll(".snippet pre")) {
    const copy = document.createElement("button");
    copy.type = "button";
    copy.className = "second";
    copy.textContent = "Copy";
    copy.addEventListener("click", async () => { await navigator.clipboard.writeText(pre.textContent); copy.textContent = "Copied"; });
    pre.after(copy);
  }
  for (const swap of answer.querySelectorAll(".swap")) {
    swap.addEventListener("click", () => {
      const pattern = swap.closest(".note").querySelector("code").textContent;
      const wrong = pattern.split(/\s+/).find((one) => area.value.includes(one) && /:|^</.test(one) && !pattern.startsWith(one)) ?? "";
      const at = area.value.indexOf(wrong);
      if (wrong && at >= 0) put(swap.dataset.name, at, at + wrong.length);
    });
  }
}

async function declare() {
  const known = await (await fetch("/sparql/prefixes")).json();
  const bare = area.value.replace(/<[^>]*>|"[^"]*"|#[^\n]*/g, " ");
  const used = new Set([...bare.matchAll(/(?<![\w-])([a-z][\w-]*):/g)].map((one) => one[1]));
  const missing = [...used].filter((name) => known[name] && !new RegExp(`prefix\\s+${name}:`, "i").test(area.value)).sort();
  if (!missing.length) return;
  const head = area.value.match(/^(?:\s*#[^\n]*\n)*/)[0].length;
  put(missing.map((name) => `PREFIX ${name}: <${known[name]}>\n`).join(""), head, head);
}

function tool(text, does) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "second";
  button.textContent = text;
  button.addEventListener("click", () => does(button));
  form.querySelector(".tools").append(button);
}

function narrow() {
  const box = document.createElement("input");
  box.placeholder = "Find an example";
  box.setAttribute("aria-label", "Find an example");
  const groups = [...document.querySelectorAll(".examples details")];
  box.addEventListener("input", () => {
    const wanted = box.value.trim().toLowerCase();
    for (const group of groups) {
      let any = false;
      for (const one of group.querySelectorAll("li")) {
        const link = one.querySelector("a");
        one.hidden = wanted !== "" && !`${link.textContent} ${link.title}`.toLowerCase().includes(wanted);
        any ||= !one.hidden;
      }
      group.hidden = !any;
      group.open = any && wanted !== "";
    }
  });
  document.querySelector(".examples h2").after(box);
}

if (form && area) {
  paint.className = "paint";
  lines.className = "lines";
  for (const one of [paint, lines]) one.setAttribute("aria-hidden", "true");
  editor.prepend(lines, paint);
  editor.classList.add("live");
  choices.id = "choices";
  choices.hidden = true;
  choices.setAttribute("role", "listbox");
  choices.setAttribute("aria-label", "Completions");
  editor.after(choices);
  area.setAttribute("aria-controls", "choices");
  area.setAttribute("aria-autocomplete", "list");
  choose(-1);
  area.addEventListener("input", () => { changed(); clearTimeout(waiting); waiting = setTimeout(suggest, 140); });
  area.addEventListener("scroll", () => { follow(); close(); });
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); close(); ask(""); return; }
    if (event.key === " " && event.ctrlKey) { event.preventDefault(); suggest(true); return; }
    if (!choices.hidden) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) { event.preventDefault(); choose((chosen + step + found.length) % found.length); return; }
      if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); take(chosen); return; }
      if (event.key === "Escape") { event.preventDefault(); close(); return; }
    }
    if (event.key === "Enter" && !event.shiftKey) {
      const line = area.value.slice(0, area.selectionStart).split("\n").at(-1);
      const deeper = /[{(]\s*$/.test(line) ? "  " : "";
      event.preventDefault();
      put(`\n${line.match(/^\s*/)[0]}${deeper}`, area.selectionStart, area.selectionEnd);
    }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(event.submitter?.value ?? ""); });
  tool("Declare prefixes", declare);
  tool("Copy link", async (button) => {
    await navigator.clipboard.writeText(new URL(address(new FormData(form)), location.href).href);
    button.textContent = "Link copied";
    setTimeout(() => { button.textContent = "Copy link"; }, 2000);
  });
  narrow();
  repaint();
  after();
}
