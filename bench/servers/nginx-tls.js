// What does nginx cost over TLS? The protocols and suites of easyserver; a short answer of its own, or files.

import { runNginx } from "./run-nginx.js";

const [, , load, tlsFolder, folder] = process.argv;

const suites =
  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:" +
  "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

const hello = `location / { default_type "text/plain;charset=UTF-8"; return 200 "Hello, World!"; }`;

await runNginx(
  (port) => `
  ssl_certificate ${tlsFolder}/chain.pem;
  ssl_certificate_key ${tlsFolder}/key.pem;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers ${suites};
  server {
    listen 127.0.0.1:${port} ssl;
    ${load.startsWith("https-static-") ? `root ${folder};` : hello}
  }`,
);
