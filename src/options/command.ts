// What has only the command, and no settings file? The group "Command", with its types.

import { about, choice, onOff, type Schemas } from "./kinds.ts";
import * as zod from "./zod.ts";
import type { CommandOptions } from "./command-options.ts";

export const commandSettings: Schemas<CommandOptions, Partial<CommandOptions>> = {
  as: choice(["auto", "express", "nest", "next", "fetch", "node"], "auto", {
    group: "Command",
    help: "What the app is, where it is not recognised: node is any (req, res) listener.",
  }),
  config: zod
    .string({ error: "the path of a settings file" })
    .min(1, { error: "the path of a settings file" })
    .optional()
    .register(about, {
      group: "Command",
      placeholder: "<file>",
      letter: "c",
      defaultText: "easyserver.config.{ts,mts,js,mjs,json}",
      help: "Settings file to read.",
    }),
  quiet: onOff({ group: "Command", letter: "q", help: "Print no start banner." }, false),
  debug: onOff(
    {
      group: "Command",
      variables: { DEBUG: (text) => (text === "0" || text === "false" ? undefined : "true") },
      help: "Show the stack of every failure.",
    },
    false,
  ),
  help: onOff({ group: "Command", letter: "h", flagOnly: true, help: "Print this text and exit." }, false),
  version: onOff(
    { group: "Command", letter: "v", flagOnly: true, help: "Print the versions of easyserver, Node and the engine." },
    false,
  ),
};
