export function loader({ request }) {
  const headers = new Headers();
  headers.append("Set-Cookie", "a=1");
  headers.append("Set-Cookie", "b=2; HttpOnly");
  return Response.json({ url: request.url }, { headers });
}

export async function action({ request }) {
  if (request.method === "PUT") return Response.json({ bytes: (await request.arrayBuffer()).byteLength });
  return Response.json({ body: await request.json() });
}
