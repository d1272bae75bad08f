import { AshlarError } from '../../model/error.ts';

/** Shorter ones are guessed, whatever stretches them. */
export const MIN_PASSPHRASE_CHARACTERS = 8;
/** How often a person may mistype before the command gives up. */
const MAX_ATTEMPTS = 3;

/** Where passphrases come from. One that opened a key is tried first on the next. */
export interface Passphrase {
  /** The passphrase for a new key at `path`. Throws `key-locked` when there is none, or it is too short. */
  choose(path: string): Promise<string>;
  /** What `unlock` gives for the passphrase of the key at `path`; undefined from it means a wrong one. Throws `key-locked`. */
  open<Key>(path: string, unlock: (passphrase: string) => Key | undefined): Promise<Key>;
}

/** Asks a person: with `confirm` twice. Undefined when there is nobody to ask. */
export type AskPassphrase = (path: string, purpose: 'choose' | 'open') => Promise<string | undefined>;

/** A passphrase that was given beforehand (by the environment, in a file), or else by who is asked. */
export function passphraseFrom(given: string | undefined, ask: AskPassphrase): Passphrase {
  const known = given === undefined ? [] : [given];
  let chosen = given;
  return {
    async choose(path) {
      chosen ??= (await ask(path, 'choose')) ?? nobodyToAsk(path);
      if (chosen.length >= MIN_PASSPHRASE_CHARACTERS) {
        if (!known.includes(chosen)) known.push(chosen);
        return chosen;
      }
      throw new AshlarError('key-locked', `A passphrase has at least ${MIN_PASSPHRASE_CHARACTERS} characters.`, {
        hint: 'Choose a longer one: several words that only you put together.',
      });
    },
    async open(path, unlock) {
      for (const passphrase of known) {
        const key = unlock(passphrase);
        if (key !== undefined) return key;
      }
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const passphrase = await ask(path, 'open');
        if (passphrase === undefined) break;
        const key = unlock(passphrase);
        if (key === undefined) continue;
        known.push(passphrase);
        return key;
      }
      if (known.length === 0) return nobodyToAsk(path);
      throw new AshlarError('key-locked', `The passphrase does not open ${path}.`, {
        hint: 'Check ASHLAR_PASSPHRASE, or the file that --passphrase-file names.',
      });
    },
  };
}

function nobodyToAsk(path: string): never {
  throw new AshlarError('key-locked', `The key ${path} needs a passphrase, and nobody can be asked for it.`, {
    hint: 'Set ASHLAR_PASSPHRASE, name a file with --passphrase-file, or run the command on a terminal.',
  });
}
