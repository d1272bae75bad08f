import { fragment } from 'ashlar';

/** nginx serving one site. A fragment is plain TypeScript: a function, with whatever parameters make sense. */
export const nginx = (options: { readonly port: number; readonly root: string }) =>
  fragment('nginx', {
    packages: ['nginx-light'],
    services: { enable: ['nginx.service'] },
    files: {
      // Debian's nginx includes what is in sites-enabled, where its own default site is linked from here.
      '/etc/nginx/sites-available/default': {
        template: './site.conf.tmpl',
        values: { port: options.port, root: options.root },
      },
    },
    healthChecks: {
      nginx: { kind: 'unit', unit: 'nginx.service' },
      web: { kind: 'http', url: `http://127.0.0.1:${options.port}/` },
    },
  });
