import { loginFor, parseAuthFile } from '../../../src/formats/oci/auth-file.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The logins of a person, which other programs write. */
const target: FuzzTarget = {
  name: 'oci-auth-file',
  seeds: () => [
    Buffer.from(
      JSON.stringify({
        auths: {
          'quay.io/team': { auth: base64('name:password') },
          'https://index.docker.io/v1/': { auth: base64('a:b') },
          'x.example.org': {},
        },
        credHelpers: { 'y.example.org': 'pass' },
      }),
    ),
  ],
  run(input) {
    const file = parseAuthFile(input, 'auth.json');
    loginFor(file, 'quay.io', 'team/app');
    // A login goes into a header: it must not be able to begin another one.
    for (const { name, password } of file.values()) {
      if (/[\r\n]/.test(name + password)) throw new Error('a login with a line break');
    }
  },
};

export default target;
