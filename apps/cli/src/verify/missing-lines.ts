/** Lines that are in no file: one finding for all that a later line says were archived, one for each other. */
import type { ArchiveBody } from '#contracts/entry-bodies.js';
import type { Finding } from './check-tree.js';

export class MissingLines {
  /** Runs of them by rising index; the end is exclusive. */
  private readonly runs: { from: number; to: number }[] = [];
  /** Findings about files, at the first line of each. */
  private readonly files: { index: number; what: string }[] = [];

  /** Requires rising indexes. */
  add(index: number): void {
    const last = this.runs.at(-1);
    if (last?.to === index) last.to += 1;
    else this.runs.push({ from: index, to: index + 1 });
  }

  file(index: number, what: string): void {
    this.files.push({ index, what });
  }

  /** Call it once every line was seen, the ones that tell of archives among them. */
  tell(archives: readonly ArchiveBody[], found: Finding): void {
    const archiveOf = (index: number) =>
      archives.find(({ fromIndex, toIndex }) => fromIndex <= index && index < toIndex);
    for (const { index, what } of this.files) if (!archiveOf(index)) found(index, what);
    for (const { from, to } of this.runs) {
      for (let at = from; at < to;) {
        const archive = archiveOf(at);
        const end = archive ? Math.min(to, archive.toIndex) : at + 1;
        found(
          at,
          archive
            ? `lines ${at} to ${end} are in the archive of ${archive.month}: pass it with --archive`
            : 'the line is missing',
        );
        at = end;
      }
    }
  }
}
