import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SQL = join(import.meta.dirname, '../..');

/** A folder of SQL files for `migrate`, removed when it goes out of scope. */
export interface SqlFolder extends AsyncDisposable {
  readonly path: string;
  /** @param name such as `functions/extra.sql` */
  write(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
}

export async function emptySqlFolder(): Promise<SqlFolder> {
  const path = await mkdtemp(join(tmpdir(), 'chat-sql-'));
  for (const kind of ['migrations', 'functions']) await mkdir(join(path, kind));
  return {
    path,
    write: (name, text) => writeFile(join(path, name), text),
    remove: (name) => rm(join(path, name)),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

/** A copy of this package's files, to add to. */
export async function copySqlFolder(): Promise<SqlFolder> {
  const folder = await emptySqlFolder();
  for (const kind of ['migrations', 'functions']) {
    await cp(join(SQL, kind), join(folder.path, kind), { recursive: true });
  }
  return folder;
}
