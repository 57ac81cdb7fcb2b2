// The types of the settings of the command itself. Apart from their declaration, so that the types of the package need no other
// package.

/** What only the command has. */
export interface CommandOptions {
  readonly as: "auto" | "express" | "nest" | "next" | "fetch" | "node";
  readonly config?: string | undefined;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly help: boolean;
  readonly version: boolean;
}
