import node from "@astrojs/node";

export default {
  output: "server",
  adapter: node({ mode: process.env.ASTRO_MODE ?? "standalone" }),
  security: { checkOrigin: false },
};
