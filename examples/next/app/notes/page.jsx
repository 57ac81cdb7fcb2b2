import { addNote } from "./actions";
import { notes } from "./store";

export const dynamic = "force-dynamic";
export const metadata = { title: "Notes" };

export default function Notes() {
  return (
    <>
      <h1>Notes</h1>
      <form action={addNote}>
        <input name="text" aria-label="text" required maxLength={200} /> <button>Add</button>
      </form>
      <ul>
        {notes().map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
    </>
  );
}
