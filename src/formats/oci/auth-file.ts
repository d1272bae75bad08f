import * as z from 'zod';
import { parseDocument } from '../../model/parse-document.ts';
import { credentialsInvalid } from './oci-errors.ts';

/** A name and a password for a registry. Neither is ever shown. */
export interface RegistryLogin {
  readonly name: string;
  readonly password: string;
}

/** The logins of a file, by what they are for: a registry, or a part of one. */
export type AuthFile = ReadonlyMap<string, RegistryLogin>;

const MAX_AUTH_FILE_BYTES = 1 << 20;
const MAX_LOGIN_CHARACTERS = 32_768;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** The key under which docker keeps the login of Docker Hub. */
const DOCKER_HUB_KEY = /^(?:https?:\/\/)?(?:index\.docker\.io(?:\/v1)?|registry-1\.docker\.io|docker\.io)\/?$/;

const schema = z.object({
  auths: z
    .record(
      z.string().max(1024),
      z.object({ auth: z.string().max(MAX_LOGIN_CHARACTERS).optional(), identitytoken: z.string().optional() }),
    )
    .default({}),
});

/**
 * Reads a file in the format of containers-auth.json(5). Entries without a name and password are passed over when they are empty, as `podman login` of a credential helper leaves them.
 * No helper is run: which program that is would be for the file to say. `place` is for messages. Throws `registry-credentials-invalid`; the text of the file is in no message.
 */
export function parseAuthFile(bytes: Uint8Array, place: string): AuthFile {
  // A message of the schema or of JSON may quote what it read, and so is not passed on.
  const { auths } = parseDocument(bytes, schema, MAX_AUTH_FILE_BYTES, () => {
    throw credentialsInvalid(place, 'it is not of the form of containers-auth.json(5)');
  });
  const logins = new Map<string, RegistryLogin>();
  for (const [key, { auth, identitytoken }] of Object.entries(auths)) {
    if (auth === undefined || auth === '') {
      if (identitytoken === undefined) continue;
      throw credentialsInvalid(place, `its entry ${JSON.stringify(key)} has an identity token, which is not supported`);
    }
    logins.set(scopeOf(key), loginOf(auth, key, place));
  }
  return logins;
}

/**
 * The login for `repository` of `registry`: of the entries that hold it the longest, so that a namespace may have one of its own; undefined when there is none.
 */
export function loginFor(file: AuthFile, registry: string, repository: string): RegistryLogin | undefined {
  const parts = [registry, ...repository.split('/')];
  for (let length = parts.length; length > 0; length--) {
    const login = file.get(parts.slice(0, length).join('/'));
    if (login !== undefined) return login;
  }
  return undefined;
}

/** Docker wrote URLs where podman writes names. */
function scopeOf(key: string): string {
  if (DOCKER_HUB_KEY.test(key)) return 'docker.io';
  if (!/^https?:\/\//.test(key)) return key;
  return URL.canParse(key) ? new URL(key).host : key;
}

function loginOf(auth: string, key: string, place: string): RegistryLogin {
  const text = BASE64.test(auth) ? Buffer.from(auth, 'base64').toString('utf8') : '';
  const colon = text.indexOf(':');
  // Old versions of docker end the password with zero bytes.
  const [name, password] = [text.slice(0, Math.max(0, colon)), text.slice(colon + 1).replace(/\0+$/, '')];
  if (name === '' || /\p{Cc}/u.test(name + password)) {
    throw credentialsInvalid(place, `its entry ${JSON.stringify(key)} holds no name and password in base64`);
  }
  return { name, password };
}
