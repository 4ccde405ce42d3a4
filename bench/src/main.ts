/** `npm run bench [-- name … --rounds 5 --reading-ms 1500 --out file.json]` */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ratioOf, type Figure } from './measurement.ts';
import { measurements } from './measurements.ts';
import { toTable } from './report.ts';

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

function parseCommandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      'reading-ms': { type: 'string', default: '1500' },
      out: { type: 'string' },
    },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(measurements);
  const unknown = names.filter((name) => !Object.hasOwn(measurements, name));
  const [rounds, readingMs] = [Number(values.rounds), Number(values['reading-ms'])];
  const problems = [
    ...unknown.map(
      (name) => `unknown measurement "${name}"; use one of ${Object.keys(measurements).join(', ')}`,
    ),
    ...(Number.isInteger(rounds) && rounds > 0 && rounds <= 100 ? [] : ['--rounds must be 1 to 100']),
    ...(readingMs >= 100 && readingMs <= 60_000 ? [] : ['--reading-ms must be 100 to 60000']),
  ];
  if (problems.length > 0) throw new Error(problems.join('; '));
  const startedAt = new Date().toISOString();
  const out = values.out ?? `${RESULTS}${startedAt.replaceAll(':', '-')}.json`;
  return { names, effort: { rounds, readingMs }, out, startedAt };
}

function readCommandLine() {
  try {
    return parseCommandLine();
  } catch (error) {
    console.error((error as Error).message);
    return process.exit(2);
  }
}

const { names, effort, out, startedAt } = readCommandLine();
const figures: Figure[] = [];
for (const name of names) {
  process.stderr.write(`${name} …\n`);
  const measured = await measurements[name]?.(effort);
  figures.push(...(measured ?? []));
}
mkdirSync(dirname(out), { recursive: true });
const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  node: process.version,
  platform: process.platform,
};
const withRatios = figures.map((figure) => ({ ...figure, ratio: ratioOf(figure) }));
writeFileSync(out, `${JSON.stringify({ startedAt, machine, effort, figures: withRatios }, null, 2)}\n`);
process.stdout.write(`${toTable(figures)}\n\n${out}\n`);
