// What does nginx cost, set up for files as its documentation says? `open_file_cache_valid` is its default.

import { runNginx } from "./run-nginx.js";

const folder = process.argv[3];

await runNginx(
  (port) => `
  server {
    listen 127.0.0.1:${port};
    root ${folder};
    # A quarter cheaper without for this size, a tenth dearer for the small ones: the control gets the better of both.
    location = /timed-128k.txt {
      tcp_nopush off;
    }
    location /mix/ {
      gzip_static on;
      gzip_vary on;
    }
  }`,
);
