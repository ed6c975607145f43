/** Posts to an address somebody else chose: never to where clouds hand out credentials, never along a redirect. */
import { Agent, request } from 'undici';
import { guardedLookup, isForbiddenAddress } from './dial-guard.js';

export interface WebhookPost {
  url: string;
  headers: Record<string, string>;
  body: string;
}

const timeoutMs = 10_000;

export class WebhookClient {
  private readonly agent = new Agent({
    connect: { lookup: guardedLookup(), timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    pipelining: 1,
  });

  /** Resolves to null when it was taken (2xx), else to why not. */
  async post({ url, headers, body }: WebhookPost): Promise<string | null> {
    const { hostname } = new URL(url);
    if (isForbiddenAddress(hostname.replace(/^\[|\]$/g, ''))) return `${hostname} is a forbidden address`;
    try {
      const answer = await request(url, { method: 'POST', headers, body, dispatcher: this.agent });
      await answer.body.dump({ limit: 4_096 });
      const taken = answer.statusCode >= 200 && answer.statusCode < 300;
      return taken ? null : `answered ${answer.statusCode}`;
    } catch (error) {
      return error instanceof Error ? error.message || error.name : String(error);
    }
  }

  close(): Promise<void> {
    return this.agent.close();
  }
}
