/**
 * The variables of this process that any program needs to run. A child gets these and what its
 * starter adds by name, so that nothing else of the machine leaks into it.
 */
export function systemEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR };
}
