// The page's end of the chat. When the connection is lost it comes back by itself.

const said = document.querySelector("#said");
const count = document.querySelector("#count");
const text = document.querySelector("#text");
const name = prompt("Your name?") ?? "";
let socket;

function show(message) {
  const line = document.createElement("li");
  line.className = message.from === null ? "notice" : "";
  line.textContent = message.from === null ? message.text : `${message.from}: ${message.text}`;
  said.append(line);
  line.scrollIntoView();
}

function connect() {
  const address = new URL(`/chat?name=${encodeURIComponent(name)}`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  socket = new WebSocket(address);
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    count.textContent = `(${message.count} here)`;
    show(message);
  };
  socket.onclose = () => {
    count.textContent = "(connecting)";
    setTimeout(connect, 1_000);
  };
}

document.querySelector("#say").addEventListener("submit", (event) => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(text.value);
  text.value = "";
});
connect();
