// How far is a long command? One line that is drawn over and over, for people who look at it.

/** What the bar needs of a stream. */
export interface BarStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressBar {
  readonly show: (done: number, total: number, what: string) => void;
  /** Takes the line away. */
  readonly clear: () => void;
}

const WIDTH = 24;

/** Nothing is drawn unless `stream` is a terminal that a person may look at (ops D12). */
export function progressBar(stream: BarStream, variables: Readonly<Record<string, string | undefined>>): ProgressBar {
  const isWatched = stream.isTTY === true && !variables["CI"] && variables["TERM"] !== "dumb";
  if (!isWatched) return { show: () => {}, clear: () => {} };
  let isDrawn = false;
  return {
    show(done, total, what) {
      const filled = Math.round((WIDTH * done) / Math.max(total, 1));
      const line = `[${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}] ${done}/${total} ${printable(what)}`;
      stream.write(`\r\u001b[K${line.slice(0, (stream.columns ?? 80) - 1)}`);
      isDrawn = true;
    },
    clear() {
      if (isDrawn) stream.write("\r\u001b[K");
      isDrawn = false;
    },
  };
}

/** File names may hold anything, also what terminals take for commands. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
