export const actions = {
  async default({ request }) {
    const form = await request.formData();
    return { word: String(form.get("word")) };
  },
};
