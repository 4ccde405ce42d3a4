/** One program of a step, started with the Node that runs the tests. */
export interface Tool {
  /** Name of the command, as an installed package defines it. */
  readonly bin: string;
  readonly args: readonly string[];
  /** Folder to run in, from the root of the repository. */
  readonly cwd?: string;
}

export interface Step {
  readonly name: string;
  readonly description: string;
  /** Tools that pass or fail as a whole; each counts as one test. */
  readonly checks?: readonly Tool[];
  /** Projects of vitest.config.ts. */
  readonly projects?: readonly string[];
  /** Needs the types and aliases that Nuxt generates into chat-web-app/.nuxt. */
  readonly needsNuxt?: boolean;
  /** Runs only when an argument names it. */
  readonly onDemand?: boolean;
}

/** Every step of `npm test`, in the order in which a mistake is cheapest to find. */
export const STEPS: readonly Step[] = [
  {
    name: 'format',
    description: 'Prettier has nothing to change',
    checks: [{ bin: 'prettier', args: ['--check', '--log-level', 'warn', '.'] }],
  },
  {
    name: 'types',
    description: 'TypeScript, web app included',
    checks: [
      { bin: 'tsc', args: ['-p', '.'] },
      { bin: 'vue-tsc', args: ['-b', '--noEmit'], cwd: 'chat-web-app' },
    ],
    needsNuxt: true,
  },
  {
    name: 'lint',
    description: 'ESLint with types',
    checks: [{ bin: 'eslint', args: ['.', '--max-warnings', '0'] }],
    needsNuxt: true,
  },
  {
    name: 'borders',
    description: 'which part may import which',
    checks: [{ bin: 'depcruise', args: ['.'] }],
    needsNuxt: true,
  },
  {
    name: 'unit',
    description: 'tests that start no process',
    projects: ['unit'],
  },
  {
    name: 'web-app',
    description: 'store and components in a simulated browser',
    projects: ['web-app'],
    needsNuxt: true,
  },
  {
    name: 'parts',
    description: 'each part on real Postgres, sockets and processes',
    projects: ['parts', 'delivery'],
    needsNuxt: true,
  },
  {
    name: 'infra',
    description: 'CDK templates, cloud clients and deployment steps',
    projects: ['infra'],
  },
  {
    name: 'deploy',
    description: 'the deployable artefacts, built and run',
    projects: ['site', 'deploy'],
    needsNuxt: true,
  },
  {
    name: 'journeys',
    description: 'the whole stack under real browsers and faults',
    projects: ['journeys'],
    needsNuxt: true,
  },
  {
    name: 'docker',
    description: 'the connector image, where a container engine runs',
    projects: ['docker'],
    onDemand: true,
  },
];

/** Names for several steps. `quick` is what to run before a commit: under 3 minutes on 2 cores. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  quick: ['format', 'types', 'lint', 'borders', 'unit', 'web-app'],
};
