import { pieces } from "../../pieces.js";

export const GET = () => new Response(pieces(), { headers: { "Content-Type": "text/plain" } });
