/**
 * Stops sending to a venue that keeps failing. Closed until `failuresToOpen` faults within `windowMs` without a
 * success; then open for `coolDownMs`; then half-open: one instant per `probeIntervalMs` is let through, and what
 * becomes of it decides. Time is passed in. What counts as a fault its caller says.
 */

export interface BreakerTerms {
  failuresToOpen: number;
  windowMs: number;
  coolDownMs: number;
  probeIntervalMs: number;
}

export const breakerDefaults: BreakerTerms = {
  failuresToOpen: 5,
  windowMs: 10_000,
  coolDownMs: 5_000,
  probeIntervalMs: 1_000,
};

interface Circuit {
  /** Instants of recent faults, oldest first. */
  failures: number[];
  /** Null while closed. */
  openUntilMs: number | null;
  probeMs: number;
}

export class Breaker {
  private readonly circuits = new Map<string, Circuit>();

  constructor(private readonly terms: BreakerTerms = breakerDefaults) {}

  /**
   * Whether the venue must not be used now. Asking when half-open takes the probe, and asking again with the same
   * `nowMs` gives the same answer: one call looks at a venue once for each of its routes.
   */
  isOpen(venue: string, nowMs: number): boolean {
    const circuit = this.circuits.get(venue);
    if (!circuit || circuit.openUntilMs === null) return false;
    if (nowMs < circuit.openUntilMs) return true;
    if (nowMs !== circuit.probeMs && nowMs < circuit.probeMs + this.terms.probeIntervalMs) return true;
    circuit.probeMs = nowMs;
    return false;
  }

  failed(venue: string, nowMs: number): void {
    let circuit = this.circuits.get(venue);
    if (!circuit) this.circuits.set(venue, (circuit = { failures: [], openUntilMs: null, probeMs: -Infinity }));
    if (circuit.openUntilMs !== null) {
      // A late fault of a call sent earlier says nothing new; that of a probe says the venue is still down.
      if (nowMs >= circuit.openUntilMs) circuit.openUntilMs = nowMs + this.terms.coolDownMs;
      return;
    }
    circuit.failures = circuit.failures.filter((at) => at > nowMs - this.terms.windowMs);
    circuit.failures.push(nowMs);
    if (circuit.failures.length >= this.terms.failuresToOpen) circuit.openUntilMs = nowMs + this.terms.coolDownMs;
  }

  succeeded(venue: string): void {
    this.circuits.delete(venue);
  }
}
