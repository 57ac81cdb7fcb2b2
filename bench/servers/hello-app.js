// The app that the start-up bench hands to the command.

export default () => new Response("Hello, World!");
