import { Form } from "react-router";

export async function action({ request }) {
  const form = await request.formData();
  return { word: String(form.get("word")) };
}

export default function WordForm({ actionData }) {
  return (
    <Form method="post">
      <p>{actionData?.word ?? "nothing yet"}</p>
      <input name="word" />
    </Form>
  );
}
