// Which settings exist? The only declaration: file, environment, flags, `--help` and the README table derive from it. Each
// group declares its own, next to their types.

import type { z } from "zod";
import { type Certificates, certificateSettings } from "./certificates.ts";
import { commandSettings } from "./command.ts";
import type { CommandOptions } from "./command-options.ts";
import type { ResolvedHttpsOptions } from "./https-options.ts";
import { httpsSettings } from "./https.ts";
import type { Schemas } from "./kinds.ts";
import type { ResolvedLimitOptions } from "./limits-options.ts";
import { limitsSettings } from "./limits.ts";
import { type Logs, logsSettings } from "./logs.ts";
import type { ServeOptions } from "./serve-options.ts";
import { type Serving, servingSettings } from "./serving.ts";
import { type StaticBeforeMode, staticSettings } from "./static.ts";
import * as zod from "./zod.ts";

/** What the schema gives: the mode has not yet decided about some. */
export interface Settings
  extends Serving, StaticBeforeMode, ResolvedHttpsOptions, Certificates, ResolvedLimitOptions, Logs {}

/** Every setting of `serve()`. The keys are the names in the file; flags and variables derive from them. */
export const SETTINGS: z.ZodObject<Schemas<Settings, ServeOptions>> = zod.object({
  ...servingSettings,
  ...staticSettings,
  ...httpsSettings,
  ...certificateSettings,
  ...limitsSettings,
  ...logsSettings,
});

/** Settings of the command itself; no file holds them. */
export const COMMAND_SETTINGS: z.ZodObject<Schemas<CommandOptions, Partial<CommandOptions>>> =
  zod.object(commandSettings);
