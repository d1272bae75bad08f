import * as z from 'zod';
import { explain, show } from './explain.ts';
import { strict } from './strict.ts';

const IMAGE =
  /^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@sha256:[0-9a-f]{64})?$/;

const container = strict({
  image: z
    .string()
    .regex(IMAGE, {
      error: (issue) =>
        explain(
          `${show(issue.input)} is not an image`,
          'write registry, name and tag or digest: "docker.io/library/redis:8"',
        ),
    })
    .describe('Image with its registry. A tag is resolved to a digest in the lock.'),
  command: z.array(z.string()).optional().describe("Command and arguments in place of the image's."),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .default({})
    .describe('Environment variables. Not for secrets: they would be in the image.'),
  ports: z
    .array(
      z.string().regex(/^((\d{1,3}\.){3}\d{1,3}:)?\d{1,5}:\d{1,5}(\/(tcp|udp))?$/, {
        error: (issue) =>
          explain(`${show(issue.input)} is not a port mapping`, 'write "<host>:<container>": "8080:80"'),
      }),
    )
    .default([])
    .describe('Ports to publish: `8080:80`, `127.0.0.1:8080:80/udp`.'),
  volumes: z
    .array(
      z.string().regex(/^(\/[^:]+|[a-z0-9][a-z0-9_.-]*):\/[^:]*(:[a-zA-Z,]+)?$/, {
        error: (issue) =>
          explain(`${show(issue.input)} is not a volume`, 'write "<name or path>:<path in the container>"'),
      }),
    )
    .default([])
    .describe('Named volumes or host paths: `data:/var/lib/data`, `/etc/app:/etc/app:ro`.'),
  readOnly: z.boolean().default(true).describe("Make the container's root read-only. Default: true."),
  user: z.string().optional().describe("User inside the container. Default: the image's."),
});

export const containers = z
  .record(
    z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
      error: explain('a container has a name of lower-case letters, digits and hyphens', 'rename it: "redis"'),
    }),
    container,
  )
  .default({})
  .describe('Containers that run under systemd (podman Quadlet), by name.');
