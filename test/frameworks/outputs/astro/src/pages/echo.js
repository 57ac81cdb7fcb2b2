export function GET({ url }) {
  return Response.json({ search: url.search });
}

export async function POST({ request }) {
  return Response.json({ body: await request.json() });
}

export async function PUT({ request }) {
  return Response.json({ bytes: (await request.arrayBuffer()).byteLength });
}
