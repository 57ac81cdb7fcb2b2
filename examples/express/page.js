// How does it look? Pages as text, with everything that visitors wrote escaped.

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text) => text.replace(/[&<>"']/gu, (character) => ENTITIES[character]);

/** The shelf with its forms. They work without scripts; `public/shelf.js` adds the live count. */
export function page({ name, files, maxBytes }) {
  const greeting = name === "" ? "Who are you?" : `Hello, ${escaped(name)}.`;
  return layout(
    "Shelf",
    `<section aria-labelledby="you">
  <h2 id="you">${greeting}</h2>
  <form method="post" action="/name">
    <label for="name">Your name</label>
    <div class="row"><input id="name" name="name" value="${escaped(name)}" maxlength="40" required autocomplete="nickname"><button>Remember me</button></div>
  </form>${name === "" ? "" : '\n  <form method="post" action="/leave"><button class="quiet">Forget me</button></form>'}
</section>
<section aria-labelledby="add">
  <h2 id="add">Put something on the shelf</h2>
  <form method="post" action="/files" enctype="multipart/form-data">
    <label for="file">A file of up to ${maxBytes / 1_000_000} MB</label>
    <div class="row"><input id="file" name="file" type="file" required><button>Put it there</button></div>
  </form>
</section>
<section aria-labelledby="files">
  <h2 id="files">On the shelf: <output id="count">${files.length}</output></h2>
  <p class="soft" id="readers" hidden></p>
  ${files.length === 0 ? '<p class="soft">Nothing yet.</p>' : `<ul>${files.map(item).join("")}</ul>`}
</section>`,
  );
}

/** What went wrong, as a page of the same look. */
export function problem(status, sentence) {
  return layout(
    `${status}`,
    `<section><h2>${escaped(sentence)}</h2><p><a href="/">Back to the shelf</a></p></section>`,
  );
}

function item({ id, name, bytes, owner }) {
  return `<li><a href="/files/${id}" download>${escaped(name)}</a> <span class="soft">${size(bytes.length)}, from ${escaped(owner)}</span></li>`;
}

function size(bytes) {
  return bytes < 1_000 ? `${bytes} bytes` : `${(bytes / 1_000).toFixed(1)} kB`;
}

function layout(title, content) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/shelf.svg">
<script type="module" src="/shelf.js"></script>
<header><img src="/shelf.svg" alt="" width="48" height="48"><div><h1>Shelf</h1><p class="soft">An Express app, served by easyserver</p></div></header>
<main>
${content}
</main>
</html>
`;
}
