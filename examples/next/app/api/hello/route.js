import { after } from "next/server";

let answered = 0;

/** A route handler. What `after()` is given runs when the answer is out. */
export async function GET(request) {
  after(() => {
    answered += 1;
  });
  const name = new URL(request.url).searchParams.get("name") ?? "World";
  return Response.json({ hello: name, answered });
}

export async function POST(request) {
  const text = await request.text();
  return new Response(text.toUpperCase(), { headers: { "content-type": "text/plain; charset=utf-8" } });
}
