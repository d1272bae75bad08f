import { spawn } from 'node:child_process';
import { AshlarError } from '../../model/error.ts';
import type { PublicKey } from './public-key.ts';
import { verifySignature } from './public-key.ts';
import type { Signer } from './signer.ts';

/** An RSA signature of 8192 bits has 1 KiB; nobody has longer ones. */
const MAX_SIGNATURE_BYTES = 16 << 10;
/** Of what the program says, so much is repeated. */
const MAX_MESSAGE_BYTES = 4 << 10;
/** Somebody may have to touch a token or to approve in a browser. */
const SIGNING_SECONDS = 300;

/**
 * A signer that is another program: for keys in a token, a vault or a cloud. The program gets the bytes to sign on its standard input and prints the
 * signature, raw, on its standard output; it may ask on `/dev/tty`. What it prints is checked against the
 * public key, so a wrong answer is noticed here and not by the devices.
 *
 * @param command the program and its arguments; no shell reads them.
 */
export function programSigner(key: PublicKey, command: readonly [string, ...string[]]): Signer {
  return {
    key,
    async sign(bytes) {
      const signature = await run(command, bytes);
      if (verifySignature(key, bytes, signature)) return signature;
      throw failed(command, 'what it printed is not a signature by the key that it is recorded for');
    },
  };
}

function run([program, ...args]: readonly [string, ...string[]], input: Uint8Array): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: SIGNING_SECONDS * 1000 });
  const output: Buffer[] = [];
  const messages: Buffer[] = [];
  let [outputBytes, messageBytes] = [0, 0];
  child.stdout.on('data', (chunk: Buffer) => {
    outputBytes += chunk.length;
    if (outputBytes <= MAX_SIGNATURE_BYTES) return void output.push(chunk);
    reject(failed([program], 'it printed more than a signature'));
    child.kill('SIGKILL');
    // What it has started meanwhile notices when it writes the next time.
    child.stdout.destroy();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    if (messageBytes < MAX_MESSAGE_BYTES) messages.push(chunk.subarray(0, MAX_MESSAGE_BYTES - messageBytes));
    messageBytes += chunk.length;
  });
  // A program that does not read its input is judged by what it prints.
  child.stdin.on('error', () => {});
  child.once('error', (error) => reject(failed([program], error.message, error)));
  child.once('close', (code, signal) => {
    if (code === 0) return resolve(Buffer.concat(output));
    const said = Buffer.concat(messages).toString('utf8').trim();
    reject(failed([program], `it ended with ${signal ?? code}${said === '' ? '' : `: ${said}`}`));
  });
  child.stdin.end(input);
  return promise;
}

function failed([program]: readonly [string, ...string[]], why: string, cause?: unknown): AshlarError {
  return new AshlarError('signer-failed', `${program} did not sign: ${why}.`, {
    hint: 'Run the program by hand: it gets the bytes to sign on its standard input and prints the raw signature.',
    cause,
  });
}
