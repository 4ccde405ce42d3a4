import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface SqlFile {
  /** Path below the folder, such as `functions/drain.sql`. */
  readonly name: string;
  readonly text: string;
  readonly hash: string;
  /** Qualified names of the functions that the file creates. */
  readonly functions: readonly string[];
}

export interface SqlFiles {
  /** Numbered, in order. */
  readonly migrations: readonly SqlFile[];
  readonly functions: readonly SqlFile[];
}

/** Reads the `.sql` files of `migrations` and `functions` in a folder, each sorted by name. */
export async function readSqlFiles(folder: string): Promise<SqlFiles> {
  const [migrations, functions] = await Promise.all([
    readFolder(folder, 'migrations'),
    readFolder(folder, 'functions'),
  ]);
  return { migrations, functions };
}

async function readFolder(parent: string, folder: string): Promise<SqlFile[]> {
  const names = (await readdir(join(parent, folder))).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(parent, folder, name), 'utf8');
      const hash = createHash('sha256').update(text).digest('hex');
      return { name: `${folder}/${name}`, text, hash, functions: createdFunctions(text) };
    }),
  );
}

function createdFunctions(text: string): string[] {
  return [...text.matchAll(/^create or replace function (\w+\.\w+)/gm)].map(([, name]) => name ?? '');
}
