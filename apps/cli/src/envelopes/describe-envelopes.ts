/** Envelopes and alerts as lines for a terminal. */
import type { Alert, AlertBody } from '#contracts/alert.js';
import type { EnvelopeAnswer, EnvelopeTrial } from '#contracts/api/envelope-api.js';
import type { Envelope } from '#contracts/envelope.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { bar, columns, count } from '../gate/draw-text.js';

export const usd = (nanoUsd: bigint): string => decimalUsd(nanoUsd * 1_000n);

export function describeEnvelopes(envelopes: EnvelopeAnswer[]): string[] {
  if (envelopes.length === 0) return ['There are no envelopes.'];
  return columns([
    ['envelope', 'of', 'window', 'settled and held', '', 'limit USD', 'rate', 'empty'],
    ...envelopes.map(({ definition, balance }) => {
      const used = balance === null ? null : balance.settledNanoUsd + balance.heldNanoUsd;
      return [
        definition.id + (definition.mode === 'shadow' ? ' (shadow)' : ''),
        scopeText(definition),
        balance?.window ?? definition.window.unit,
        used === null ? '' : bar(Number(used), Number(definition.limitNanoUsd)),
        used === null ? 'unknown' : usd(used),
        usd(definition.limitNanoUsd),
        balance?.burnRate == null ? '' : `${balance.burnRate.toFixed(1)}×`,
        balance?.exhaustsAt ?? '',
      ];
    }),
  ]);
}

function scopeText({ scope, model, tag, purpose }: Envelope): string {
  const name = scope.kind === 'team' ? scope.team : scope.kind === 'use_case' ? scope.useCase : '';
  const of = scope.kind === 'key' ? scope.key : name;
  const narrowed = [model && `model ${model}`, tag && `tag ${tag}`, purpose === 'live' ? null : purpose];
  return [scope.kind.replace('_', ' '), of, ...narrowed].filter(Boolean).join(' ');
}

/** What a limit would have done, in words. */
export function describeTrial(id: string, trial: EnvelopeTrial): string[] {
  const { in_flight, never_fits, spent } = trial.refused;
  const refused = in_flight + never_fits + spent;
  const period = `${trial.from.slice(0, 10)} to ${trial.to.slice(0, 10)}`;
  const head = `${id} on ${count(trial.attempts)} attempts from ${period}:`;
  const notes = [
    ...(trial.withoutCeiling > 0
      ? [
          `Of ${count(trial.withoutCeiling)} attempts no line tells the ceiling; they were tried at their cost, the least it could be.`,
        ]
      : []),
    ...(trial.capped ? ['There were more attempts than can be tried; these are the newest.'] : []),
  ];
  if (refused === 0)
    return [head, `It would have refused none. They cost ${usdOf(trial.admittedPicoUsd)} USD.`, ...notes];
  return [
    head,
    `It would have refused ${count(refused)}: ${count(spent)} spent, ${count(in_flight)} in flight, ${count(never_fits)} too large for it. The first at ${trial.firstRefusedAt}.`,
    `Admitted ${usdOf(trial.admittedPicoUsd)} USD, refused ${usdOf(trial.refusedPicoUsd)} USD.`,
    '',
    ...columns([
      ['window', 'refused', 'settled USD'],
      ...trial.windows.slice(-rowsMax).map((row) => [row.window, count(row.refused), usdOf(row.settledPicoUsd)]),
    ]),
    '',
    ...columns([
      ['use case', 'refused', 'USD'],
      ...trial.useCases.slice(0, rowsMax).map((row) => [row.useCase, count(row.refused), usdOf(row.refusedPicoUsd)]),
    ]),
    ...notes,
  ];
}

const rowsMax = 20;
const usdOf = decimalUsd;

export function describeAlerts(alerts: Alert[]): string[] {
  if (alerts.length === 0) return ['Nothing was raised.'];
  return alerts.map(
    ({ raisedAt, endedAt, body }) => `${raisedAt}  ${told(body)}${endedAt ? `, until ${endedAt}` : ''}`,
  );
}

function told(body: AlertBody): string {
  switch (body.kind) {
    case 'threshold': {
      const of = `${usd(body.settledNanoUsd)} of ${usd(body.limitNanoUsd)} USD`;
      return `${body.envelope} has reached ${body.percent} % in ${body.window} (${of})`;
    }
    case 'burn_rate': {
      const rates = `${body.longRate.toFixed(1)}× over ${body.longMinutes} min, ${body.shortRate.toFixed(1)}× over ${body.shortMinutes} min`;
      return `${body.envelope} burns at ${rates}${body.exhaustsAt ? `; empty at ${body.exhaustsAt}` : ''}`;
    }
    case 'overrun':
      return `attempt ${body.attemptId} cost ${usd(body.costNanoUsd)} USD, held were ${usd(body.heldNanoUsd)}`;
    case 'drift': {
      const [first] = body.windows;
      const sum = `${usd(body.sumNanoUsd)} USD in ${body.windowsInAll} windows`;
      return `desk and ledger differ by ${sum}, first ${first?.envelope} in ${first?.window}`;
    }
  }
}
