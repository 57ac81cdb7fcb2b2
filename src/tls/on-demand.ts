// May a certificate be made for a name that nobody configured? Only the app knows; a stranger may be asking (ops B51).

/** The app's word: a function, or a URL that is asked with `?domain=` and says yes with a 2xx. */
export type Ask = string | ((domain: string) => boolean | Promise<boolean>);

/** The gate before on-demand certificates. */
export interface OnDemand {
  /** Whether the app wants a certificate for the name. Never rejects: no answer is a no. */
  allows(name: string): Promise<boolean>;
}

const ANSWER_MS = 5000;
const YES_MS = 600_000;
const NO_MS = 60_000;

// A stranger can ask for any number of names.
const MAX_REMEMBERED = 10_000;

export function createOnDemand(ask: Ask, now: () => number): OnDemand {
  const remembered = new Map<string, { readonly answer: Promise<boolean>; until: number }>();
  return {
    allows(name) {
      const known = remembered.get(name);
      if (known !== undefined && known.until > now()) return known.answer;
      if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value ?? "");
      const entry = { answer: answered(ask, name), until: now() + NO_MS };
      remembered.set(name, entry);
      void entry.answer.then((isAllowed) => {
        if (isAllowed) entry.until = now() + YES_MS;
      });
      return entry.answer;
    },
  };
}

async function answered(ask: Ask, name: string): Promise<boolean> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    if (typeof ask === "string") {
      const url = new URL(ask);
      url.searchParams.set("domain", name);
      const response = await fetch(url, { signal, redirect: "manual" });
      await response.body?.cancel();
      return response.ok;
    }
    const late = new Promise<false>((resolve) => signal.addEventListener("abort", () => resolve(false)));
    return (await Promise.race([ask(name), late])) === true;
  } catch {
    return false;
  }
}
