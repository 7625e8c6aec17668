// Runs that are under way tell how they go (server-sent events). The page says the same when it is loaded again.
const number = new Intl.NumberFormat("en");

function follow(place) {
  const listening = new EventSource(place.dataset.events);
  const told = place.querySelector(".told");
  const bar = place.querySelector("progress");
  listening.addEventListener("progress", (event) => {
    const said = JSON.parse(event.data);
    const report = said.report ?? {};
    const counts = ["seen", "new", "changed", "deleted", "quarantined"].filter((name) => report[name]).map((name) => `${number.format(report[name])} ${name}`);
    const rate = said.seconds > 0 && said.done ? ` · ${number.format(Math.round(said.done / said.seconds))}/s` : "";
    told.textContent = `${said.stage ? `${said.stage}: ` : ""}${counts.join(", ") || number.format(said.done ?? 0)}${rate}`;
    const total = said.total || report.expected || 0;
    if (total) { bar.max = total; bar.value = Math.min(said.done ?? report.seen ?? 0, total); } else bar.removeAttribute("value");
  });
  listening.addEventListener("ended", () => { listening.close(); location.reload(); });
}

document.querySelectorAll("[data-events]").forEach(follow);
