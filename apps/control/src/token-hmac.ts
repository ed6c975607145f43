/** HMACs under the installation's pepper. Members' tokens have a prefix of their own, so neither can pose as the other. */
import { createHmac } from 'node:crypto';

/** Of the 43 characters of an API key's secret, as the proxy computes it. */
export const keySecretHmac = (pepper: string, secret: string): string =>
  createHmac('sha256', pepper).update(secret).digest('hex');

export const memberTokenHmac = (pepper: string, token: string): string =>
  createHmac('sha256', pepper).update(`member|${token}`).digest('hex');
