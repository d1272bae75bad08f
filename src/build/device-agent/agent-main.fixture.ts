// A small agent for tests of the bundle: an npm package, a module of Ashlar's own, and one that is loaded when it is needed.
import * as z from 'zod';
import { compareVersions } from '../../formats/version-order.ts';

const versions = z.array(z.string()).min(2).parse(process.argv.slice(2));
const { formatBytes } = await import('../../model/format-bytes.ts');
console.log(compareVersions(versions[0] ?? '', versions[1] ?? ''), formatBytes(1024));
