import { expect, test, vi } from 'vitest';
import { SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

interface TaskDefinition {
  ContainerDefinitions: { Secrets: { ValueFrom: string | { 'Fn::Join': [string, unknown[]] } }[] }[];
}

test.each(['standard', 'everything'] as const)(
  'the connector’s tasks read their secrets by complete ARNs, which ECS requires (%s)',
  async (name) => {
    const { template, json } = await synthesize(name);
    const [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
    const { ContainerDefinitions } = task?.['Properties'] as TaskDefinition;
    const sources = ContainerDefinitions.flatMap(({ Secrets }) => Secrets.map(({ ValueFrom }) => ValueFrom));
    expect(sources).toHaveLength(3);
    for (const source of sources) {
      if (typeof source === 'string') {
        expect(source).toMatch(/:secret:.+-\w{6}$/);
        continue;
      }
      // The Ref of a secret, or of its attachment, is the complete ARN.
      const [first] = source['Fn::Join'][1] as { Ref?: string }[];
      expect(json.Resources[first?.Ref ?? '']?.Type).toMatch(/^AWS::SecretsManager::Secret/);
    }
  },
);
