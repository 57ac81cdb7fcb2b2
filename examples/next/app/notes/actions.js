"use server";

import { revalidatePath } from "next/cache";
import { keep } from "./store";

/** The action of the form: a POST to the page, with scripts or without. */
export async function addNote(form) {
  const text = String(form.get("text") ?? "").trim();
  if (text !== "" && text.length <= 200) keep(text);
  revalidatePath("/notes");
}
