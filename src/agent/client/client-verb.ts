import type { parseArgs } from 'node:util';
import type { AgentClient } from '../socket/agent-client.ts';

/** Options as `parseArgs` takes them, with what they are for. */
export type ClientOptions = Readonly<
  Record<
    string,
    NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>[string] & { readonly help: string }
  >
>;

/** What a verb is called with. */
export interface ClientCall {
  readonly agent: AgentClient;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly words: readonly string[];
  /** True with `--json`: one document on standard output. */
  readonly json: boolean;
  /** Says something while it goes on: to a person alone. */
  readonly tell: (line: string, kind: 'line' | 'progress') => void;
}

/** 0 done · 1 failed · 2 the call was wrong · 3 a check says no · 4 nothing to do. */
export type ClientExit = 0 | 1 | 2 | 3 | 4;

/** A verb of `ashlar` on a device. */
export interface ClientVerb {
  readonly name: string;
  readonly summary: string;
  /** Behind the verb's name: `[version]`. */
  readonly words: string;
  readonly maxWords: number;
  readonly options: ClientOptions;
  readonly examples: readonly { readonly command: string; readonly explains: string }[];
  readonly run: (call: ClientCall) => Promise<ClientResult>;
}

export interface ClientResult {
  readonly exit: ClientExit;
  /** What `--json` prints. */
  readonly document: unknown;
  /** What a person reads. */
  readonly text: string;
}
