import { json } from "@sveltejs/kit";

export function GET({ url, cookies }) {
  cookies.set("a", "1", { path: "/" });
  cookies.set("b", "2", { path: "/" });
  return json({ url: url.href });
}

export async function POST({ request }) {
  return json({ body: await request.json() });
}

export async function PUT({ request }) {
  return json({ bytes: (await request.arrayBuffer()).byteLength });
}
