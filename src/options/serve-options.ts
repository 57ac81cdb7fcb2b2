// What may a caller set, and what does the server see of it? The groups of settings, put together.

import type { CertificateOptions, ResolvedCertificateOptions } from "./certificates-options.ts";
import type { HttpsOptions, ResolvedHttpsOptions } from "./https-options.ts";
import type { LimitOptions, ResolvedLimitOptions } from "./limits-options.ts";
import type { LogOptions, ResolvedLogOptions } from "./logs-options.ts";
import type { ResolvedServingOptions, ServingOptions } from "./serving-options.ts";
import type { ResolvedStaticOptions, StaticOptions } from "./static-options.ts";

export type { CommandOptions } from "./command-options.ts";

/**
 * What `serve()` and a settings file take. Everything is optional; `undefined` counts as not given.
 *
 * Sizes are bytes or text such as `"10mb"` (1kb is 1024 bytes); times are milliseconds or text such as `"30s"`.
 */
export interface ServeOptions
  extends ServingOptions, StaticOptions, HttpsOptions, CertificateOptions, LimitOptions, LogOptions {}

/** Every setting, checked and filled in. It is itself a valid `ServeOptions` that resolves to the same. */
export interface ResolvedOptions
  extends
    ResolvedServingOptions,
    ResolvedStaticOptions,
    ResolvedHttpsOptions,
    ResolvedCertificateOptions,
    ResolvedLimitOptions,
    ResolvedLogOptions {}

/** The settings of a server that are about single requests. */
export type RequestOptions = Pick<
  ServeOptions,
  "maxBodyBytes" | "bodyIdleMs" | "writeStallMs" | "handlerMs" | "chunked" | "logger" | "mode"
>;
