// The live part: the count follows the server's events, and a new file appears without a reload by hand.

const count = document.querySelector("#count");
if (count !== null) {
  const events = new EventSource("/events");
  events.addEventListener("message", ({ data }) => {
    const { files } = JSON.parse(data);
    const isNew = String(files) !== count.value;
    count.value = files;
    // Somebody who is typing or choosing a file must not lose it.
    if (isNew && document.activeElement === document.body) location.reload();
  });
}
