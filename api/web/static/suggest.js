// Suggestions while somebody types. The page works the same without them.
const box = document.getElementById("q");
const list = document.getElementById("suggestions");
let waiting = 0;
let asked = 0;
let at = -1;

function address(one) {
  const path = one.iri.split("/id/")[1];
  return path && one.kind !== "concept" ? `/page/${path}` : `/page/thing?iri=${encodeURIComponent(one.iri)}`;
}

function close() {
  list.hidden = true;
  at = -1;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

function show(found) {
  list.replaceChildren(...found.map((one, number) => {
    const item = document.createElement("li");
    item.id = `suggestion-${number}`;
    item.setAttribute("role", "option");
    const link = document.createElement("a");
    link.href = address(one);
    link.tabIndex = -1;
    link.textContent = one.label;
    const kind = document.createElement("span");
    kind.className = "soft";
    kind.textContent = one.works ? `${one.kind} · ${one.works}` : one.kind;
    item.append(link, kind);
    return item;
  }));
  list.hidden = !found.length;
  at = -1;
  box.setAttribute("aria-expanded", String(!list.hidden));
}

async function ask() {
  const typed = box.value.trim();
  const mine = ++asked;
  if (typed.length < 2) { close(); return; }
  const answer = await fetch(`/v1/suggest?limit=4&q=${encodeURIComponent(typed.slice(0, 200))}`);
  if (!answer.ok || mine !== asked) return;
  show((await answer.json()).suggestions);
}

function choose(step) {
  const items = [...list.children];
  if (list.hidden || !items.length) return;
  at = (at + step + items.length) % items.length;
  items.forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
  box.setAttribute("aria-activedescendant", items[at].id);
}

if (box && list) {
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-controls", "suggestions");
  box.setAttribute("aria-expanded", "false");
  box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); choose(event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Escape") close();
    if (event.key === "Enter" && at >= 0) { event.preventDefault(); list.children[at].querySelector("a").click(); }
  });
  document.addEventListener("click", (event) => { if (!list.contains(event.target) && event.target !== box) close(); });
}
