// Which build of the engine do the controls run? The one that easyserver takes.

import { createRequire } from "node:module";

/** The order easyserver uses, so that subject and control run the same build. */
export function loadAddon() {
  const require = createRequire(import.meta.url);
  const node = process.versions.node.split(".")[0];
  const platform = `@uwsjs/${process.platform}-${process.arch}-${node}`;
  const failures = [];
  for (const name of ["uWebSockets.js", platform, `${platform}-compat`]) {
    try {
      return { addon: require(name), version: `${name} ${require(`${name}/package.json`).version}` };
    } catch (error) {
      failures.push(`${name}: ${error.message.split("\n")[0]}`);
    }
  }
  throw new Error(`No build of uWebSockets.js loads here, so there is no control. ${failures.join("; ")}`);
}
