import type { Agent } from 'node:http';
import type { Exchange } from './http-exchange.ts';
import type { HttpLimits } from './http-limits.ts';

/** Idle connections are closed after this long: at rest an agent has none. */
const IDLE_MILLISECONDS = 4000;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether the host of a URL is this very machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * One pool of connections a reader and kind; `https` is loaded only when it is used, as a device's memory is counted. The proxy that the environment names is
 * used, but not to reach this very machine. `authorities` (PEM) take the place of those that the machine trusts.
 */
export function httpTransport(
  limits: HttpLimits,
  authorities: string | readonly string[] | undefined,
): Exchange['transport'] {
  const settings = { keepAlive: true, maxSockets: limits.requestsAtOnce, timeout: IDLE_MILLISECONDS };
  const agents = new Map<string, Agent>();
  const agentFor = (kind: string, make: () => Agent): Agent => {
    const agent = agents.get(kind) ?? make();
    agents.set(kind, agent);
    return agent;
  };
  return async (url) => {
    const isHere = isLoopback(url.hostname);
    const options = isHere ? settings : { ...settings, proxyEnv: process.env };
    const kind = `${url.protocol} ${isHere}`;
    if (url.protocol === 'https:') {
      const https = await import('node:https');
      const trusted =
        authorities === undefined ? {} : { ca: typeof authorities === 'string' ? authorities : [...authorities] };
      return { request: https.request, agent: agentFor(kind, () => new https.Agent({ ...options, ...trusted })) };
    }
    const http = await import('node:http');
    return { request: http.request, agent: agentFor(kind, () => new http.Agent(options)) };
  };
}
