/** What both request formats have in common: media given in the request, cache marks, schemas. */
import type { LanguageModelV4FilePart, SharedV4ProviderOptions } from '@ai-sdk/provider';
import { isObject, type JsonObject } from '#protocols/json-value.js';
import type { Notes } from './wishes.js';

/** The marks Anthropic and Bedrock put their cache breakpoints by; each target reads its own and no other. */
export function cacheMark(value: unknown, notes: Notes): SharedV4ProviderOptions | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value) || value.type !== 'ephemeral') {
    notes.cannot('field:cache_control');
    return undefined;
  }
  notes.features.add('cache_control');
  const ttl = typeof value.ttl === 'string' ? { ttl: value.ttl } : {};
  return {
    anthropic: { cacheControl: { type: 'ephemeral', ...ttl } },
    bedrock: { cachePoint: { type: 'default', ...ttl } },
  };
}

export const marked = (providerOptions: SharedV4ProviderOptions | undefined) =>
  providerOptions ? { providerOptions } : {};

const dataUrl = /^data:([a-z]+\/[a-z0-9.+-]+);base64,/i;

/** A picture, sound or document named by URL: inside the request as base64, or somewhere on the web. */
export function fileAt(url: string, kind: string, notes: Notes): LanguageModelV4FilePart {
  const inline = dataUrl.exec(url);
  if (inline?.[1]) return fileOf(url.slice(inline[0].length), inline[1].toLowerCase());
  const remote = URL.canParse(url) ? new URL(url) : null;
  if (remote?.protocol !== 'https:' && remote?.protocol !== 'http:') notes.cannot('field:url');
  notes.features.add('remote_media');
  return { type: 'file', mediaType: kind, data: { type: 'url', url: remote ?? new URL('http://unreadable') } };
}

export const fileOf = (base64: string, mediaType: string): LanguageModelV4FilePart => ({
  type: 'file',
  mediaType,
  data: { type: 'data', data: base64 },
});

/** An object of any schema, where none is given. */
export const schemaOf = (value: unknown): JsonObject => (isObject(value) ? value : { type: 'object', properties: {} });

export const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Null and undefined are what clients send for "not given". */
export const given = (value: unknown): boolean => value !== undefined && value !== null;

/** The first field nobody reads: what it asks for cannot be known, so it cannot be carried over. */
export function strangerIn(object: Record<string, unknown>, known: ReadonlySet<string>): string | null {
  for (const name in object) if (!known.has(name) && given(object[name])) return name;
  return null;
}
