// A guest book: a JSON API, a form and a live clock. The page itself is in public/, which the server serves.

/** @type {{ name: string, text: string, at: string }[]} */
const entries = [{ name: "easyserver", text: "Welcome! Leave a line.", at: new Date().toISOString() }];
const LONGEST_TEXT = 280;
const MOST_ENTRIES = 100;

const routes = {
  "/api/entries": { GET: listEntries, POST: addEntry },
  "/api/clock": { GET: clock },
};

export default {
  /** @param {Request} request */
  fetch(request) {
    const route = routes[new URL(request.url).pathname];
    if (route === undefined) return notFound(request);

    const method = request.method === "HEAD" ? "GET" : request.method;
    const handle = route[method];
    if (handle === undefined) {
      return Response.json(
        { error: "method not allowed" },
        { status: 405, headers: { allow: Object.keys(route).join(", ") } },
      );
    }
    return handle(request);
  },
};

function listEntries() {
  return Response.json(entries, { headers: { "cache-control": "no-store" } });
}

/** Takes JSON from the page's script, and the plain form of a browser without one. */
async function addEntry(request) {
  const isForm = (request.headers.get("content-type") ?? "").includes("form");
  const fields = await readFields(request, isForm);
  const name = clean(fields?.name, 40) || "Somebody";
  const text = clean(fields?.text, LONGEST_TEXT);
  if (text === "") return Response.json({ error: "text is missing" }, { status: 400 });

  const entry = { name, text, at: new Date().toISOString() };
  entries.unshift(entry);
  entries.length = Math.min(entries.length, MOST_ENTRIES);
  if (isForm) return new Response(null, { status: 303, headers: { location: "/" } });
  return Response.json(entry, { status: 201 });
}

/** Server-sent events: the time, once a second, until the reader leaves. */
function clock() {
  const encoder = new TextEncoder();
  let timer;
  const events = new ReadableStream({
    start(controller) {
      const tick = () => controller.enqueue(encoder.encode(`data: ${new Date().toISOString()}\n\n`));
      tick();
      timer = setInterval(tick, 1_000);
    },
    cancel() {
      clearInterval(timer);
    },
  });
  return new Response(events, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

function notFound(request) {
  if (!request.headers.get("accept")?.includes("text/html"))
    return Response.json({ error: "not found" }, { status: 404 });
  const page = `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>Not found</title>
  <link rel="stylesheet" href="/style.css">
  <main><h1>Nothing here</h1><p><a href="/">Back to the guest book</a></p></main>
</html>
`;
  return new Response(page, { status: 404, headers: { "content-type": "text/html; charset=utf-8" } });
}

async function readFields(request, isForm) {
  try {
    return isForm ? Object.fromEntries(await request.formData()) : await request.json();
  } catch {
    return null;
  }
}

function clean(value, longest) {
  return typeof value === "string" ? value.trim().slice(0, longest) : "";
}
