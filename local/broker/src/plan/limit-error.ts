import { WireError } from '../errors.ts';
import { LIMITS, type LimitName } from './plans.ts';

/**
 * @param permitted the number of the plan
 * @param scope that which exceeded it, such as `channel:room`
 * @param found the number that exceeded it, unless it is a rate
 */
export function limitError(name: LimitName, permitted: number, scope: string, found?: number): WireError {
  const { code, statusCode, metric, unit, consequence } = LIMITS[name];
  const numbers = `permitted = ${permitted} ${unit}${found === undefined ? '' : `; found = ${found}`}`;
  const advice = unit.endsWith('/s') ? '. Try again in a second' : '';
  const message = `Limit exceeded: ${consequence}; metric = ${metric}; ${numbers}; scope = ${scope}${advice}`;
  return new WireError(code, message, { statusCode });
}
