export default {
  compatibilityDate: "2026-01-01",
  srcDir: ".",
  experimental: { websocket: true },
  compressPublicAssets: { gzip: true, brotli: false },
};
