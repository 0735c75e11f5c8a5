// Pictures before they are sent: shown small, added to, taken out, pasted. Without this the form works all the same.

const kinds = ["image/png", "image/jpeg", "image/webp"];
const formOf = (element) => element.closest?.(".evidence-form");
const inputOf = (form) => form.querySelector("input[type=file]");

function give(input, files) {
  const chosen = new DataTransfer();
  const seen = new Set();
  for (const file of files) {
    const mark = `${file.name}/${file.size}/${file.lastModified}`;
    if (!seen.has(mark)) chosen.items.add(file);
    seen.add(mark);
  }
  input.files = chosen.files;
  show(input);
}

function complaint(file, position, form, words) {
  if (!kinds.includes(file.type)) return words.wrong;
  if (file.size > form.dataset.mostMegabytes * 1024 * 1024) return words.tooHeavy;
  return position >= form.dataset.most ? words.tooMany : "";
}

function show(input) {
  const form = formOf(input);
  const list = form.querySelector(".drop-pictures");
  input.kept = [...input.files];
  list.hidden = input.kept.length === 0;
  list.replaceChildren(...input.kept.map((file, position) => row(input, file, complaint(file, position, form, list.dataset))));
  const wrong = list.querySelector(".field-error");
  input.setCustomValidity(wrong ? wrong.textContent : "");
}

function sizeOf(file) {
  const kilobytes = file.size / 1024;
  const [amount, unit] = kilobytes < 1000 ? [kilobytes, "kilobyte"] : [kilobytes / 1024, "megabyte"];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: 1 }).format(amount);
}

function row(input, file, trouble) {
  const item = document.createElement("li");
  const picture = document.createElement("img");
  const words = document.createElement("span");
  const button = document.createElement("button");
  picture.alt = "";
  if (kinds.includes(file.type)) {
    const reader = new FileReader(); // blob: addresses are refused by the page's policy
    reader.onload = () => (picture.src = reader.result);
    reader.readAsDataURL(file);
  }
  const name = document.createElement("bdi");
  name.textContent = file.name;
  words.append(name, ` (${sizeOf(file)})`);
  if (trouble) {
    const error = document.createElement("small");
    error.className = "field-error";
    error.textContent = trouble;
    words.append(error);
  }
  button.type = "button";
  button.className = "btn btn-sm";
  button.textContent = formOf(input).querySelector(".drop-pictures").dataset.remove;
  button.ariaLabel = `${button.textContent}: ${file.name}`;
  button.addEventListener("click", () => {
    give(input, input.kept.filter((other) => other !== file));
    input.focus();
  });
  item.append(picture, words, button);
  return item;
}

document.addEventListener("change", (event) => {
  if (event.target.type !== "file" || !formOf(event.target)) return;
  give(event.target, [...(event.target.kept ?? []), ...event.target.files]);
});

document.addEventListener("paste", (event) => {
  const form = document.querySelector(".evidence-form");
  const pasted = [...(event.clipboardData?.files ?? [])];
  if (form && pasted.length) give(inputOf(form), [...(inputOf(form).kept ?? []), ...pasted]);
});

for (const [name, isOver] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(name, (event) => event.target.closest?.(".drop")?.classList.toggle("is-over", isOver));
}

document.addEventListener("htmx:xhr:progress", (event) => {
  const bar = formOf(event.target)?.querySelector(".drop-progress");
  if (!bar || !event.detail.lengthComputable) return;
  bar.hidden = false;
  bar.value = (100 * event.detail.loaded) / event.detail.total;
});

// A form that comes back with a refusal keeps what was chosen.
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = formOf(event.detail.target);
  if (!form) return;
  const kept = inputOf(form).kept ?? [];
  document.addEventListener("htmx:afterSettle", () => {
    const next = document.querySelector(".evidence-form");
    if (next && kept.length) give(inputOf(next), kept);
  }, { once: true });
});
