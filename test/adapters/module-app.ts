// A module as users write it: the default export is the handler.

// oxlint-disable-next-line import/no-default-export
export default (): Response => new Response("module");
