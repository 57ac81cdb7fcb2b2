// The live part: the count follows the server's events, and a new file appears without a reload by hand.

const count = document.querySelector("#count");
const others = document.querySelector("#readers");
if (count !== null) {
  const events = new EventSource("/events");
  events.addEventListener("message", ({ data }) => {
    const { files, readers } = JSON.parse(data);
    const isNew = String(files) !== count.value;
    count.value = files;
    others.hidden = readers < 2;
    others.textContent = readers === 2 ? "Somebody else is looking, too." : `${readers - 1} others are looking, too.`;
    // Somebody who is typing or choosing a file must not lose it.
    if (isNew && document.activeElement === document.body) location.reload();
  });
}
