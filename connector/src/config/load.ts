import { InvalidInput } from '@chat/contract';
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { parseConfig, parseEnvironment, type Config } from './config.ts';
import { readEnv } from './env.ts';

/**
 * Loads the configuration from the place where the 2021 connector looked for it.
 * @param path a `.json` or `.env` file; without one, the environment of the process is read
 * @throws InvalidInput with every problem, also for a file that cannot be read
 */
export function loadConfig(path?: string): Config {
  if (path === undefined) return parseEnvironment(readEnv());
  if (path.endsWith('.json')) return parseConfig(parseJson(path, readText(path)));
  if (path.endsWith('.env')) return parseEnvironment(readEnv(parseEnv(readText(path))));
  throw new InvalidInput('The configuration file', [`${path}: its name must end in .json or .env`]);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new InvalidInput('The configuration file', [`${path}: cannot be read (${code})`]);
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No cause: the parser's message quotes the text around the fault, which may be a password.
    throw new InvalidInput('The configuration file', [`${path}: is not JSON`]);
  }
}
