// Trying calls of the REST API: the key is read from its field, sent to this panel, and kept nowhere.

const keyField = document.querySelector("#try-key");

function addressOf(form) {
  let path = form.dataset.path;
  const asked = new URLSearchParams();
  const headers = { Authorization: `Bearer ${keyField.value.trim()}`, Accept: "application/json" };
  for (const input of form.querySelectorAll("input[data-where]")) {
    const value = input.value.trim();
    if (input.dataset.where === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(value));
    else if (value && input.dataset.where === "query") asked.append(input.name, value);
    else if (value) headers[input.name] = value;
  }
  const query = asked.toString();
  return [query ? `${path}?${query}` : path, headers];
}

async function send(form) {
  const [address, headers] = addressOf(form);
  const body = form.querySelector("textarea[data-where=body]")?.value;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(address, { method: form.dataset.method, headers, body, credentials: "omit", cache: "no-store" });
  const text = await answer.text();
  const left = answer.headers.get("RateLimit-Remaining");
  show(form, `${answer.status}`, left === null ? "" : `RateLimit-Remaining: ${left}`, readable(text));
}

function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function show(form, status, note, text) {
  const box = form.querySelector(".try-answer");
  const [word, beside] = box.querySelectorAll("span");
  word.textContent = status;
  word.className = `status status-${status[0]}`;
  beside.textContent = note;
  box.querySelector("code").textContent = text;
  box.hidden = false;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.try");
  if (!form) return;
  event.preventDefault();
  if (!keyField.value.trim()) {
    keyField.focus();
    keyField.reportValidity();
    return;
  }
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await send(form);
  } catch (trouble) {
    show(form, "0", "", String(trouble));
  } finally {
    button.disabled = false;
  }
});
keyField.required = true;

// A link to an operation opens it.
function openNamed() {
  const named = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  if (named?.matches("details")) named.open = true;
}
window.addEventListener("hashchange", openNamed);
openNamed();
