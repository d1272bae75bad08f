import { setTimeout as pause } from 'node:timers/promises';
import { AshlarError } from '../model/error.ts';
import { Feed } from './feed.ts';

/** An answer of a page that is watched. */
export interface PageAnswer {
  readonly text: string;
  /** When it had come, in milliseconds of `performance.now()`. */
  readonly at: number;
}

/** A page that stopped being served and came back. */
export interface Outage {
  /** Milliseconds from the last answer before to the first one after. */
  readonly milliseconds: number;
}

export interface PageWatch {
  /**
   * The first answer with `text` in it that came at `since` (milliseconds of `performance.now()`) or later.
   *
   * @throws AshlarError `guest-silent` after `seconds`.
   */
  answer(text: string, since: number, seconds: number): Promise<PageAnswer>;
  /** Ends the watching; the longest time without an answer between two answers. */
  stop(): Promise<Outage>;
}

const BETWEEN_REQUESTS_MILLISECONDS = 100;
/** A request that gets no answer is given up: the next one may. */
const REQUEST_MILLISECONDS = 1_000;
/** Half an hour of answers, ten a second. */
const ANSWERS_KEPT = 18_000;

/** Asks for the page at `url` again and again, and notes when it answers. */
export function watchPage(url: string): PageWatch {
  const stopping = new AbortController();
  const answers = new Feed<PageAnswer>(ANSWERS_KEPT);
  let longest = 0;
  const watching = (async () => {
    let last: number | undefined;
    while (!stopping.signal.aborted) {
      const text = await answerOf(url);
      if (text !== undefined) {
        const at = performance.now();
        if (last !== undefined) longest = Math.max(longest, at - last);
        last = at;
        answers.append({ text, at });
      }
      await pause(BETWEEN_REQUESTS_MILLISECONDS);
    }
  })();
  return {
    answer: (text, since, seconds) =>
      answers.next(
        (answer) => (answer.at >= since && answer.text.includes(text) ? answer : undefined),
        seconds * 1000,
        () =>
          new AshlarError('guest-silent', `${url} did not say “${text}” within ${seconds} s.`, {
            hint: 'The serial log tells how far the machine came.',
          }),
      ),
    async stop() {
      stopping.abort();
      await watching;
      return { milliseconds: longest };
    },
  };
}

async function answerOf(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(REQUEST_MILLISECONDS) });
    const text = await answer.text();
    return answer.ok ? text : undefined;
  } catch {
    return undefined;
  }
}
