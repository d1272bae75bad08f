import { fragment } from 'ashlar';

export const site = (text: string) =>
  fragment('site', {
    files: { '/srv/index.html': text },
    services: { enable: ['nginx'] },
  });
