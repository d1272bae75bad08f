import { setTimeout as pause } from 'node:timers/promises';

/** A page that stopped being served and came back. */
export interface Outage {
  /** Milliseconds from the last answer before to the first one after. */
  readonly milliseconds: number;
}

export interface PageWatch {
  /** Ends the watching; the longest time without an answer between two answers. */
  stop(): Promise<Outage>;
}

const BETWEEN_REQUESTS_MILLISECONDS = 100;
/** A request that gets no answer is given up: the next one may. */
const REQUEST_MILLISECONDS = 1_000;

/** Asks for the page at `url` again and again, and notes when it answers. */
export function watchPage(url: string): PageWatch {
  const stopping = new AbortController();
  let longest = 0;
  const watching = (async () => {
    let last: number | undefined;
    while (!stopping.signal.aborted) {
      if (await answers(url)) {
        const now = performance.now();
        if (last !== undefined) longest = Math.max(longest, now - last);
        last = now;
      }
      await pause(BETWEEN_REQUESTS_MILLISECONDS);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await watching;
      return { milliseconds: longest };
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(REQUEST_MILLISECONDS) });
    await answer.text();
    return answer.ok;
  } catch {
    return false;
  }
}
