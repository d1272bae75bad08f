import * as http from 'node:http';
import * as https from 'node:https';
import { type CheckResult, type Probe, printable } from './check-result.ts';

/** Text that must be contained is looked for in the beginning of the answer. */
const MAX_BODY_BYTES = 1 << 20;

interface Asked {
  readonly url: string;
  readonly status: number;
  readonly contains?: string | undefined;
}

/** Whether `url` is answered with the status, and with the text in the body. Redirections are answers, not followed. */
export function httpProbe(asked: Asked): Probe {
  return async (signal) => {
    try {
      return judge(asked, await get(asked.url, signal));
    } catch (error) {
      return { passed: false, output: printable(`${withoutPassword(asked.url)}: ${(error as Error).message}`) };
    }
  };
}

/** What is seen of a check gets into journals and reports, and to the fleet. */
function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

function judge({ status, contains }: Asked, answer: { status: number; body: string }): CheckResult {
  if (answer.status !== status) {
    return {
      passed: false,
      output: printable(`status ${answer.status} instead of ${status}: ${answer.body.slice(0, 400)}`),
    };
  }
  if (contains !== undefined && !answer.body.includes(contains)) {
    return {
      passed: false,
      output: printable(`status ${status}, but “${contains}” is not in: ${answer.body.slice(0, 400)}`),
    };
  }
  return { passed: true, output: `status ${status}` };
}

/** A connection of its own each time: what is kept alive may lead to a process that no longer takes new ones. */
function get(url: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
  const { get } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal, headers: { connection: 'close' } }, (answer) => {
      const pieces: Buffer[] = [];
      let length = 0;
      const done = (): void => {
        request.destroy();
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(pieces).toString('utf8') });
      };
      answer.on('data', (piece: Buffer) => {
        pieces.push(piece.subarray(0, MAX_BODY_BYTES - length));
        length += piece.length;
        if (length >= MAX_BODY_BYTES) done();
      });
      answer.once('end', done);
      answer.once('error', reject);
      answer.once('aborted', () => reject(new Error('the answer broke off')));
    });
    request.once('error', reject);
  });
}
