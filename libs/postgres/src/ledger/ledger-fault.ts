/** What is stored contradicts itself. Nothing is written on top of it; `o10 verify` on an export says which line. */
export class LedgerFault extends Error {
  readonly code = 'ledger_inconsistent';
  constructor(log: string, what: string, options?: ErrorOptions) {
    super(`Ledger ${log}: ${what}`, options);
  }
}
