import { pieces } from "../../pieces.js";

export const loader = () => new Response(pieces(), { headers: { "Content-Type": "text/plain" } });
