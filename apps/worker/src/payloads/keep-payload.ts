/**
 * Keeps what a call said as its use case says: as it is, or redacted, sealed under the key of its subject. The copy that
 * waited for it is gone afterwards, kept or not. What the use case says now counts: it may have become stricter.
 */
import type { KeepJob, MirroredCall } from '#contracts/jobs.js';
import type { KeptPayload } from '#contracts/kept-payload.js';
import type { MirrorStore } from '#contracts/mirror-store.js';
import { NamedRedaction, type UseCase } from '#contracts/use-case.js';
import { keptDays } from '#domain/retention/kept-days.js';
import { redactorOf } from '#domain/retention/redactor.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import type { PayloadStore } from '#postgres/payload/payload.store.js';
import { protocolNamed } from '#protocols/registry.js';
import { readSubject } from '#protocols/read-subject.js';
import { openMirrored } from '../open-mirrored.js';
import { payloadOf, redactPayload } from './redact-payload.js';

export interface KeepPayloadParts {
  mirror: MirrorStore;
  /** Opens what the proxy sealed. */
  sealKey: Buffer;
  /** An index of that version or a later one. */
  snapshotAtLeast: (version: number) => Promise<RoutingIndex>;
  payloads: Pick<PayloadStore, 'put'>;
  nowMs: () => number;
}

/** Throws when it may be tried again; then the copy waits on. */
export async function keepPayload(parts: KeepPayloadParts, job: KeepJob): Promise<void> {
  const { mirror, sealKey, payloads, nowMs } = parts;
  const useCase = (await parts.snapshotAtLeast(job.snapshot)).useCases.get(job.useCase)?.definition;
  const days = useCase ? keptDays(useCase) : 0;
  const sealed = days > 0 ? await mirror.get(job.pointer) : null;
  const copy = sealed && openMirrored(sealed, sealKey, job.callId);
  const said = copy && useCase && whatIsKept(copy, job, useCase);
  if (copy && useCase && said) {
    const { callId, admittedAt } = job;
    const payload = { callId, useCase: useCase.slug, subject: subjectOf(copy), saidAtMs: Date.parse(admittedAt) };
    const text = Buffer.from(JSON.stringify(said));
    await payloads.put({ ...payload, text }, { retention: useCase.retention, days }, nowMs());
  }
  await mirror.delete(job.pointer);
}

function whatIsKept(copy: MirroredCall, { protocol }: KeepJob, useCase: UseCase): KeptPayload | null {
  const whole = payloadOf(copy, protocol);
  if (useCase.retention === 'full') return whole;
  return redactPayload(whole, protocolNamed(protocol), redactorOf(useCase.redaction ?? NamedRedaction.options));
}

/** As the caller names it, beside the body or in it; calls that name nobody belong to the key that made them. */
const subjectOf = ({ subject, requestBody, key }: MirroredCall): string =>
  subject ?? readSubject(Buffer.from(requestBody, 'base64').toString('utf8')) ?? `key:${key ?? 'none'}`;
