import { connect } from 'node:net';
import { type Probe, printable } from './check-result.ts';

/** Whether somebody accepts connections there; nothing is sent. */
export function tcpProbe({ host, port }: { readonly host: string; readonly port: number }): Probe {
  return (signal) =>
    new Promise((resolve) => {
      const place = `${host}:${port}`;
      const socket = connect({ host, port, signal });
      socket.once('connect', () => {
        socket.destroy();
        resolve({ passed: true, output: `${place} accepts connections` });
      });
      socket.once('error', ({ message }) => resolve({ passed: false, output: printable(`${place}: ${message}`) }));
    });
}
