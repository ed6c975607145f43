/** What the demo asks the control API, as the people who would ask it: an admin, an engineer, finance. */
import { z } from 'zod';
import { EnvelopeAnswer, EnvelopeList } from '#contracts/api/envelope-api.js';
import { type GateEvidence, GateEvidenceList } from '#contracts/api/gate-api.js';
import { KeyIssued } from '#contracts/api/key-api.js';
import { LedgerState } from '#contracts/api/ledger-api.js';
import { MemberIssued, type Role } from '#contracts/api/member-api.js';
import { StatementAnswer, VerdictList } from '#contracts/api/statement-api.js';
import type { Statement } from '#contracts/statement.js';
import type { Verdict } from '#contracts/verdict.js';
import { askControl, type ControlClient, ControlRefused } from '../configure/ask-control.js';

export type Balances = Record<string, { settledNanoUsd: bigint; heldNanoUsd: bigint }>;

export class ControlRoom {
  constructor(readonly admin: ControlClient) {}

  /** A member of their own, so that nobody signs what they wrote. */
  async member(name: string, role: Role): Promise<ControlClient> {
    const issued = MemberIssued.parse(await this.post(this.admin, '/api/members', { name, role }));
    return { controlUrl: this.admin.controlUrl, token: issued.token };
  }

  async key(useCase: string, team: string): Promise<string> {
    const issued = KeyIssued.parse(await this.post(this.admin, '/api/keys', { name: `${useCase} app`, team, useCase }));
    return issued.secret;
  }

  async evidence(): Promise<GateEvidence[]> {
    return GateEvidenceList.parse(await this.get('/api/gates/evidence')).items;
  }

  async verdicts(useCase: string): Promise<Verdict[]> {
    return VerdictList.parse(await this.get(`/api/gates/verdicts?useCase=${useCase}`)).items;
  }

  /** Null when enforce was switched on; else the code of the refusal. A `reason` asks for it without proof. */
  async enforce(as: ControlClient, useCase: string, reason?: string): Promise<string | null> {
    try {
      const override = reason === undefined ? {} : { override: { reason } };
      await this.post(as, `/api/use-cases/${useCase}/mode`, { mode: 'enforce', ...override });
      return null;
    } catch (error) {
      if (error instanceof ControlRefused) return error.code;
      throw error;
    }
  }

  async draft(as: ControlClient, useCase: string, periodStart: string): Promise<Statement> {
    const periodEnd = new Date(Date.now() + 60_000).toISOString();
    const drafted = StatementAnswer.parse(await this.post(as, '/api/statements', { useCase, periodStart, periodEnd }));
    return drafted.definition;
  }

  /** Null when done; else the code of the refusal. */
  async move(as: ControlClient, statement: string, step: 'submit' | 'sign'): Promise<string | null> {
    try {
      await this.post(as, `/api/statements/${statement}/${step}`, {});
      return null;
    } catch (error) {
      if (error instanceof ControlRefused) return error.code;
      throw error;
    }
  }

  /** By envelope, of the window that covers now. */
  async balances(): Promise<Balances> {
    const { items } = EnvelopeList.parse(await this.get('/api/envelopes'));
    return Object.fromEntries(
      items.map(({ definition, balance }) => [
        definition.id,
        { settledNanoUsd: balance?.settledNanoUsd ?? 0n, heldNanoUsd: balance?.heldNanoUsd ?? 0n },
      ]),
    );
  }

  async envelope(id: string): Promise<z.output<typeof EnvelopeAnswer>> {
    return EnvelopeAnswer.parse(await this.get(`/api/envelopes/${id}`));
  }

  async putEnvelope(id: string, useCase: string, limitUsd: string): Promise<void> {
    const body = {
      scope: { kind: 'use_case', useCase },
      purpose: 'live',
      limitNanoUsd: limitUsd,
      window: { unit: 'total' },
    };
    await askControl(this.admin, { method: 'PUT', path: `/api/envelopes/${id}`, body });
  }

  async ledger(): Promise<z.output<typeof LedgerState>> {
    return LedgerState.parse(await this.get('/api/ledger'));
  }

  /** The version proxies will follow to. */
  async snapshotVersion(): Promise<number> {
    const shape = z.object({ items: z.array(z.object({ version: z.number() })) });
    return Math.max(...shape.parse(await this.get('/api/snapshots')).items.map(({ version }) => version));
  }

  private get(path: string): Promise<unknown> {
    return askControl(this.admin, { method: 'GET', path });
  }

  private post(as: ControlClient, path: string, body: unknown): Promise<unknown> {
    return askControl(as, { method: 'POST', path, body });
  }
}
