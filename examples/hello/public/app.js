// The page's script: shows the entries, signs the book without leaving the page, and follows the server's clock.

const form = document.querySelector("#form");
const list = document.querySelector("#entries");
const status = document.querySelector("#status");
const clock = document.querySelector("#clock");

function item({ name, text, at }) {
  const element = document.createElement("li");
  const who = document.createElement("strong");
  const when = document.createElement("time");
  const words = document.createElement("p");
  who.textContent = name;
  when.dateTime = at;
  when.textContent = new Date(at).toLocaleString();
  words.textContent = text;
  element.append(who, " ", when, words);
  return element;
}

async function showEntries() {
  const response = await fetch("/api/entries");
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  list.replaceChildren(...(await response.json()).map(item));
}

async function sign() {
  const response = await fetch("/api/entries", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(Object.fromEntries(new FormData(form))),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  list.prepend(item(answer));
  form.elements.namedItem("text").value = "";
  status.textContent = "Thank you!";
}

async function attempt(action) {
  try {
    await action();
  } catch (error) {
    status.textContent = `That did not work: ${error.message}.`;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void attempt(sign);
});

new EventSource("/api/clock").addEventListener("message", ({ data }) => {
  clock.dateTime = data;
  clock.textContent = new Date(data).toLocaleTimeString();
});

void attempt(showEntries);
