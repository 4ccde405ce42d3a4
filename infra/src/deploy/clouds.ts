import type { ControlApi } from '../ably/control-api.ts';
import type { Aws } from '../aws/aws.ts';
import type { NetlifyApi } from '../netlify/netlify-api.ts';
import type { DeploySettings } from '../settings.ts';
import type { SmokeTest } from '../smoke/smoke-test.ts';
import type { Programs } from './programs.ts';

/** Everything a deployment uses: clients of the three clouds, programs, and the terminal. */
export interface Clouds {
  readonly settings: DeploySettings;
  readonly ably: ControlApi;
  readonly netlify: NetlifyApi;
  readonly aws: Aws;
  readonly programs: Programs;
  readonly smokeTest: SmokeTest;
  /** Returns the HTTP status of an address, which may belong to another Netlify customer. */
  readonly statusOf: (url: string) => Promise<number>;
  readonly print: (line: string) => void;
  /** Prints a question and returns the line that the person typed. */
  readonly prompt: (question: string) => Promise<string>;
}
