// A chat: one room, whoever is in it, and nothing kept. The page is in public, and the address of the room is /chat.

const LONGEST_TEXT = 500;
/** A client that is so far behind misses what is said, rather than letting it pile up here. */
const BEHIND_BYTES = 64 * 1024;

const room = new Set();

function tellAll(message) {
  const text = JSON.stringify(message);
  for (const socket of room) if (socket.bufferedAmount < BEHIND_BYTES) socket.send(text);
}

/** Browsers open a WebSocket for any page, and send the cookies of this site with it: only our own pages may. */
function isOwnPage(request) {
  const origin = request.headers.get("origin");
  return origin === null || (URL.canParse(origin) && new URL(origin).host === request.headers.get("host"));
}

function enter(socket, name) {
  socket.onopen = () => {
    room.add(socket);
    tellAll({ from: null, text: `${name} is here`, count: room.size });
  };
  socket.onmessage = ({ data }) => {
    if (typeof data !== "string" || data.length > LONGEST_TEXT) socket.close(4000, "a text of at most 500 characters");
    else tellAll({ from: name, text: data, count: room.size });
  };
  socket.onclose = () => {
    if (room.delete(socket)) tellAll({ from: null, text: `${name} has left`, count: room.size });
  };
}

export default {
  fetch(request, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/chat") return new Response("Not here", { status: 404 });
    if (context.upgradeWebSocket === undefined) return new Response("A WebSocket, please", { status: 426 });
    if (!isOwnPage(request)) return new Response("Not from there", { status: 403 });
    const { socket, response } = context.upgradeWebSocket();
    enter(socket, (searchParams.get("name") ?? "").trim().slice(0, 40) || "Somebody");
    return response;
  },
};
