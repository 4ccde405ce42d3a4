import { describe, expect } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { doctorAll } from '../src/doctor/all-stages.ts';
import { test as base } from './support/clouds-test.ts';

/** The stages `dev` and `live` in one account; `run` compares all stages. */
const test = base.extend('run', async ({ fakes }) => {
  const { stacks } = fakes.aws;
  await deploy(fakes.clouds(), { yes: true });
  const dev = stacks.get('serverless-chat-dev');
  if (dev) stacks.set('serverless-chat-live', structuredClone(dev));
  fakes.clearRecords();
  return async () => ({ healthy: await doctorAll(fakes.clouds()), report: fakes.lines.join('\n') });
});

describe('the doctor of all stages', () => {
  test('prints a column for each stage, and changes nothing', async ({ run, fakes }) => {
    const { healthy, report } = await run();
    expect(report).toMatch(/^ +dev +live\n {2}Stack +ok +ok\n/);
    expect(report).toMatch(/\n {2}Connector tasks +ok +ok\n/);
    expect(report).not.toContain('CDKToolkit');
    expect(healthy).toBe(true);
    expect([...fakes.ably.faults.changes(), ...fakes.netlify.faults.changes()]).toEqual([]);
  });

  test('names the stage of a problem, with the remedy', async ({ run, fakes }) => {
    const live = fakes.aws.stacks.get('serverless-chat-live');
    if (live) live.status = 'UPDATE_ROLLBACK_FAILED';
    const { healthy, report } = await run();
    expect(report).toMatch(/\n {2}Stack +ok +wrong\n/);
    expect(report).toMatch(/wrong +live, Stack: UPDATE_ROLLBACK_FAILED\n +→ See the events/);
    expect(report).not.toMatch(/dev, /);
    expect(healthy).toBe(false);
  });

  test('reports a stage whose creation failed, and leaves out what it lacks', async ({ run, fakes }) => {
    fakes.aws.stacks.set('serverless-chat-half', { status: 'ROLLBACK_COMPLETE', outputs: {} });
    const { healthy, report } = await run();
    expect(report).toMatch(/^ +dev +half +live\n {2}Stack +ok +wrong +ok\n/);
    expect(report).toMatch(/Dead letters +ok +- +ok/);
    expect(healthy).toBe(false);
  });

  test('expects no connector where the stack has none', async ({ run, fakes }) => {
    const { outputs = {} } = fakes.aws.stacks.get('serverless-chat-live') ?? {};
    delete outputs['ConnectorServiceName'];
    fakes.aws.running = 0;
    const { report } = await run();
    expect(report).toMatch(/Connector tasks +wrong +ok/);
  });

  test('leaves out deleted stacks, and those that were never created', async ({ run, fakes }) => {
    fakes.aws.stacks.set('serverless-chat-gone', { status: 'DELETE_COMPLETE', outputs: {} });
    fakes.aws.stacks.set('serverless-chat-planned', { status: 'REVIEW_IN_PROGRESS', outputs: {} });
    expect((await run()).report).not.toMatch(/gone|planned/);
  });

  test('says where it found no stage', async ({ run, fakes }) => {
    fakes.aws.stacks.clear();
    expect(await run()).toEqual({
      healthy: true,
      report: 'No stage is deployed in eu-central-1 of this account.',
    });
  });
});
