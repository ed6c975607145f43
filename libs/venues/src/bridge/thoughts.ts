/**
 * Signed thoughts, which a venue gives with its answer and wants back as they were: from where the AI SDK puts them, into
 * the one text a Responses item has room for, and back. Nobody else's are taken for them.
 */
import type { SharedV4ProviderOptions } from '@ai-sdk/provider';
import { isObject, textOf } from '#protocols/json-value.js';

const kinds = ['signature', 'redacted', 'openai'] as const;

export interface Sealed {
  /** It vouches for the thought told beside it; or is the thought itself, unread, of Claude or of OpenAI's Responses. */
  kind: (typeof kinds)[number];
  data: string;
}

export function sealedIn(metadata: unknown): Sealed | null {
  if (!isObject(metadata)) return null;
  const { anthropic, bedrock, openai } = metadata;
  const encrypted = isObject(openai) ? textOf(openai.reasoningEncryptedContent) : null;
  if (encrypted !== null) return { kind: 'openai', data: encrypted };
  const of = anthropic ?? bedrock;
  if (!isObject(of)) return null;
  const [signature, redacted] = [textOf(of.signature), textOf(of.redactedData)];
  if (redacted !== null) return { kind: 'redacted', data: redacted };
  return signature === null ? null : { kind: 'signature', data: signature };
}

/** Of a thought that begins: Claude's hidden ones are whole by then, OpenAI's only when they end. */
export const sealedAtStart = (metadata: unknown): unknown => (sealedIn(metadata)?.kind === 'openai' ? null : metadata);

/** What is given back to the AI SDK; each target reads its own and no other. */
export function sealedAs({ kind, data }: Sealed): SharedV4ProviderOptions {
  if (kind === 'openai') return { openai: { reasoningEncryptedContent: data } };
  const metadata = kind === 'signature' ? { signature: data } : { redactedData: data };
  return { anthropic: metadata, bedrock: metadata };
}

const mark = 'o10:';

export const spelledSeal = (sealed: Sealed | null): string | null => sealed && `${mark}${sealed.kind}:${sealed.data}`;

/** Null: it was not spelled here, so only its own venue can read it. */
export function readSeal(text: string): Sealed | null {
  for (const kind of kinds) {
    const before = `${mark}${kind}:`;
    if (text.startsWith(before)) return { kind, data: text.slice(before.length) };
  }
  return null;
}

/** Of formats that have a place of their own for a thought nobody can read: Claude's stands there as it is. */
export const spelledRedacted = (sealed: Sealed): string =>
  sealed.kind === 'redacted' ? sealed.data : (spelledSeal(sealed) ?? '');
export const readRedacted = (data: string): Sealed => readSeal(data) ?? { kind: 'redacted', data };

/** What a thinking model at Google wants back with a call of a tool. */
export function googleSignatureOf(metadata: unknown): string | null {
  const google = isObject(metadata) ? (metadata.google ?? metadata.vertex) : null;
  return isObject(google) ? textOf(google.thoughtSignature) : null;
}

/** The same where Google's own chat completions put it, and where our answers do. */
export function googleSignatureIn(extra: unknown): string | null {
  const google = isObject(extra) ? extra.google : null;
  return isObject(google) ? textOf(google.thought_signature) : null;
}

export const withGoogleSignature = (signature: string | null) =>
  signature === null ? {} : { extra_content: { google: { thought_signature: signature } } };
