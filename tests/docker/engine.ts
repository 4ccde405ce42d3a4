import { getContainerRuntimeClient } from 'testcontainers';

/** @returns why no container can be run on this machine; undefined when one can */
export async function whyNoEngine(): Promise<string | undefined> {
  try {
    await getContainerRuntimeClient();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
