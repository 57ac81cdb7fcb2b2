/** @type {import("next").NextConfig} */
const config = {
  images: { formats: ["image/webp"] },
};

export default config;
