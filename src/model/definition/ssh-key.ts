import { explain, show } from './explain.ts';

const KEY_TYPE =
  /(?:^|\s)((?:sk-)?(?:ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa)(?:@openssh\.com)?)\s+([A-Za-z0-9+/]+={0,2})(?:\s|$)/;

/**
 * What is wrong with `line` as a line of authorized_keys(5), or undefined. The key's blob (RFC 4253 §6.6) begins with the length
 * and the name of its type, which must be the type that the line names: so a key that was cut or mixed up is noticed here, and
 * not when nobody can log in.
 */
export function sshKeyProblem(line: string): string | undefined {
  if (/PRIVATE KEY/.test(line)) {
    return explain(
      'this is a private key',
      'give the public key, the line in the .pub file; and replace this key, it is no secret now',
    );
  }
  const hint = 'paste the one line of the .pub file: "ssh-ed25519 AAAA… name"';
  if (/[\n\r\0]/.test(line)) return explain('an SSH key is one line', hint);
  const [, type, blob] = KEY_TYPE.exec(line) ?? [];
  if (type === undefined || blob === undefined) return explain(`${show(line)} is not an SSH public key`, hint);
  const bytes = Buffer.from(blob, 'base64');
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0;
  if (length !== type.length || bytes.toString('latin1', 4, 4 + length) !== type || bytes.length < 4 + length + 4) {
    return explain(`the SSH key ${show(line)} is damaged: its data is not of type ${type}`, hint);
  }
  return undefined;
}
