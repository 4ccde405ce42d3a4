import { getContainerRuntimeClient } from 'testcontainers';

/** Returns why this machine cannot run containers, or undefined when it can. */
export async function whyNoEngine(): Promise<string | undefined> {
  try {
    await getContainerRuntimeClient();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
