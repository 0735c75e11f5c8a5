// The small things a page does by itself. Everything here only helps: pages work without it.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => {
  const found = [...root.querySelectorAll(selector)];
  return root.matches?.(selector) ? [root, ...found] : found;
};
const language = document.documentElement.lang || "en";

/* Toasts: short words in the corner, read out by screen readers. */

function toast(words, tone = "info") {
  const box = document.createElement("div");
  box.className = `notice tone-${tone}`;
  box.textContent = words;
  $("#toasts").append(box);
  setTimeout(() => box.remove(), 5000);
}

/* Copy: <button data-copy="#id-of-text">. */

async function copy(button) {
  const source = $(button.dataset.copy);
  const texts = $("#toasts").dataset;
  try {
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
    toast(texts.copied, "good");
  } catch {
    getSelection().selectAllChildren(source); // no clipboard without https: the text is at least selected
    toast(texts.notCopied, "warn");
  }
}

document.addEventListener("click", (event) => {
  const copyButton = event.target.closest("[data-copy]");
  if (copyButton) copy(copyButton);
  event.target.closest("[data-dismiss]")?.parentElement.remove();
});

/* Confirm: <form data-confirm="Question?" data-confirm-details="…" data-confirm-yes="Do it">, or hx-confirm. */

function confirm(question, { confirmDetails = "", confirmYes, confirmTone = "primary" } = {}) {
  const dialog = $("#confirm");
  const yes = $("[value=yes]", dialog);
  $("#confirm-question").textContent = question;
  $("#confirm-details").textContent = confirmDetails;
  yes.textContent = confirmYes ?? yes.dataset.yes;
  yes.className = `btn btn-${confirmTone}`;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.confirm && !form.dataset.confirmed) {
    event.preventDefault();
    event.stopPropagation(); // htmx listens too: it gets the second submit
    if (await confirm(form.dataset.confirm, form.dataset)) {
      form.dataset.confirmed = "yes";
      form.requestSubmit(event.submitter);
      delete form.dataset.confirmed;
    }
  } else if (form.method === "post" && !form.hasAttribute("hx-post")) {
    // A second click does not send the form twice; the server is safe from it anyway.
    if (form.ariaBusy === "true") event.preventDefault();
    form.ariaBusy = "true";
  }
}, true);

addEventListener("pageshow", () => $$("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy")));

document.addEventListener("htmx:confirm", async (event) => {
  const { question, elt, issueRequest } = event.detail;
  if (!question) return;
  event.preventDefault();
  if (await confirm(question, elt.dataset)) issueRequest(true);
});
for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  // Polling goes on by itself; only a person's own action deserves words.
  document.addEventListener(failure, (event) => {
    if (event.detail.requestConfig.triggeringEvent?.isTrusted) toast($("#toasts").dataset.offline, "warn");
  });
}

/* Time: <time datetime data-relative> says "3 minutes ago"; <time datetime data-countdown> counts down. */

const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const steps = [["second", 60], ["minute", 60], ["hour", 24], ["day", 30], ["month", 12], ["year", Infinity]];

function ago(time) {
  let amount = (new Date(time.dateTime) - Date.now()) / 1000;
  for (const [unit, size] of steps) {
    if (Math.abs(amount) < size) return relative.format(Math.trunc(amount), unit);
    amount /= size;
  }
}

function left(time) {
  const seconds = Math.max(0, Math.ceil((new Date(time.dateTime) - Date.now()) / 1000));
  if (seconds === 0) return time.dataset.over;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

function tellTimes(root) {
  for (const time of $$("time[data-relative]", root)) time.textContent = ago(time);
  for (const time of $$("time[data-countdown]", root)) time.textContent = left(time);
}
setInterval(() => document.hidden || tellTimes(document), 1000);

/* Charts: <canvas data-chart="line|bar|doughnut" data-source="id of a JSON script">.
   {"labels": […], "series": [{"label": "…", "values": […], "tone": "brand"}], "tones": […], "currency": "USD"}
   Instead of labels a line may have "times": […], which keep their distances; a series then may be "dashed" and have
   "marks": […], a word for each point that stands out. */

const charts = new Map();
const seriesTones = ["brand", "info", "accent", "good", "warn", "neutral"];

function shade(tone, share = 100) {
  // Chart.js wants a colour, not a variable: let the browser work it out.
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.color = `color-mix(in srgb, var(--chart-${tone}) ${share}%, transparent)`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function dataset(kind, series, index, tones, times, belowZero) {
  const values = series.values.map((value) => (value === null ? null : Number(value))); // pixels, not money
  if (kind === "doughnut") {
    const colours = values.map((_, slice) => shade((tones ?? seriesTones)[slice % (tones ?? seriesTones).length]));
    return { label: series.label, data: values, backgroundColor: colours, borderColor: shade("surface"), borderWidth: 2 };
  }
  const tone = series.tone ?? seriesTones[index % seriesTones.length];
  const line = { borderColor: shade(tone), backgroundColor: shade(tone, 14), fill: true, tension: 0.35, borderWidth: 2, pointRadius: 0, pointHitRadius: 16 };
  // A smooth line may not swing beyond its points: a balance that never was below zero must not look so.
  line.cubicInterpolationMode = "monotone";
  if (belowZero) line.fill = { target: "origin", above: shade(tone, 14), below: shade(belowZero, 30) };
  const bar = { backgroundColor: shade(tone), borderRadius: 4, maxBarThickness: 28 };
  if (times) {
    const points = values.map((y, point) => ({ x: Date.parse(times[point]), y }));
    const stands = points.map((_, point) => (series.marks?.[point] ? 4 : 0));
    const plain = { clip: 6, fill: series.dashed ? false : "start", tension: 0, borderDash: series.dashed ? [6, 4] : [] };
    return { label: series.label, data: points, marks: series.marks, pointBackgroundColor: shade(tone), ...line, ...plain, pointRadius: stands };
  }
  return { label: series.label, data: values, ...(kind === "line" ? line : bar) };
}

const moment = (time, format = { dateStyle: "medium", timeStyle: "short" }) => new Intl.DateTimeFormat(language, format).format(new Date(time));

function timeAxis(axis, times) {
  const [first, last] = [Date.parse(times[0]), Date.parse(times.at(-1))];
  const within = last - first < 2 * 24 * 3600 * 1000;
  const format = within ? { hour: "numeric", minute: "2-digit" } : { month: "short", day: "numeric" };
  const spread = (scale) => { scale.ticks = [0, 1, 2, 3, 4].map((part) => ({ value: first + ((last - first) * part) / 4 })); };
  return { ...axis, type: "linear", min: first, max: last, afterBuildTicks: spread, ticks: { ...axis.ticks, callback: (value) => moment(value, format) } };
}

// A count is never below zero, so neither is the room below its line.
function floor(series) {
  const values = series.flatMap((one) => one.values).filter((value) => value !== null);
  return Math.min(...values) < Math.max(...values) / 10 ? { min: 0 } : {};
}

function draw(canvas) {
  const kind = canvas.dataset.chart;
  const { labels, times, series, tones, currency, below_zero: belowZero } = JSON.parse(document.getElementById(canvas.dataset.source).textContent);
  const format = new Intl.NumberFormat(language, currency ? { style: "currency", currency } : {});
  const ticks = { color: shade("text"), font: { family: "Inter", size: 11 } };
  const short = new Intl.NumberFormat(language, { notation: "compact", ...(currency && { style: "currency", currency }) });
  const axes = {
    x: { grid: { display: false }, border: { display: false }, ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 16 } },
    y: { beginAtZero: true, grid: { color: shade("grid") }, border: { display: false }, ticks: { ...ticks, maxTicksLimit: 6, callback: (value) => short.format(value) } },
  };
  if (times) Object.assign(axes, { x: timeAxis(axes.x, times), y: { ...axes.y, beginAtZero: false, grace: "8%", ...floor(series) } });
  const said = (item) => {
    const mark = item.dataset.marks?.[item.dataIndex];
    return ` ${item.dataset.label ?? item.label}: ${format.format(item.raw.y ?? item.raw)}${mark ? ` (${mark})` : ""}`;
  };
  const titles = times && { title: (items) => (items.length ? moment(times[items[0].dataIndex]) : "") };
  charts.get(canvas)?.destroy();
  charts.set(canvas, new Chart(canvas, {
    type: kind,
    data: { labels, datasets: series.map((one, index) => dataset(kind, one, index, tones, times, belowZero)) },
    options: {
      maintainAspectRatio: false,
      animation: { duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 350 },
      interaction: { mode: kind === "doughnut" ? "nearest" : "index", intersect: kind === "doughnut" },
      cutout: "68%",
      scales: kind === "doughnut" ? {} : axes,
      plugins: {
        legend: { display: kind === "doughnut" || series.length > 1, position: kind === "doughnut" ? "right" : "top", align: kind === "doughnut" ? "center" : "end", labels: { ...ticks, boxWidth: 8, boxHeight: 8, usePointStyle: true } },
        tooltip: { callbacks: { label: said, ...titles }, padding: 10, cornerRadius: 8, boxPadding: 4, usePointStyle: true },
      },
    },
  }));
}

let library; // fetched once, only where there is a chart

function chartLibrary() {
  library ??= new Promise((ready, failed) => {
    const script = document.createElement("script");
    script.src = document.body.dataset.chartLibrary;
    script.onload = ready;
    script.onerror = failed;
    document.head.append(script);
  });
  return library;
}

async function drawCharts(root) {
  const canvases = $$("canvas[data-chart]", root);
  if (!canvases.length) return;
  await chartLibrary();
  for (const [canvas, chart] of charts) {
    if (canvas.isConnected) continue;
    chart.destroy();
    charts.delete(canvas);
  }
  canvases.forEach(draw);
}
document.addEventListener("themechange", () => [...charts.keys()].forEach(draw));

/* Filter as you type: <input data-filter="#list"> hides what does not hold every word. Each child is one row. */

document.addEventListener("input", (event) => {
  const list = event.target.dataset.filter && $(event.target.dataset.filter);
  if (!list) return;
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const row of list.children) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
});

/* The page, and every piece that htmx brings later. */

function enhance(root) {
  tellTimes(root);
  drawCharts(root);
}
enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.target));
matchMedia("(min-width: 992px)").addEventListener("change", () => $("#sidebar")?.hidePopover());
