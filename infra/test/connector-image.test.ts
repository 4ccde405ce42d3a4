import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test, vi } from 'vitest';
import { SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

/** Returns the texts of the image's address in the task definition. */
async function imageOf(changed: Record<string, string>): Promise<string> {
  const { template } = await synthesize('standard', changed);
  const [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
  return JSON.stringify((task?.['Properties'] as { ContainerDefinitions: object[] }).ContainerDefinitions);
}

describe('the connector’s image', () => {
  test('is one that Docker on this machine has built, with CONNECTOR_IMAGE=docker', async () => {
    const { template } = await synthesize('standard', { CONNECTOR_IMAGE: 'docker' });
    expect(await imageOf({ CONNECTOR_IMAGE: 'docker' })).toContain('container-assets');
    template.resourceCountIs('AWS::CodeBuild::Project', 0);
    template.resourceCountIs('AWS::ECR::Repository', 0);
  });

  test.each([
    ['arm64', 'ARM_CONTAINER', 'linux/arm64'],
    ['x64', 'LINUX_CONTAINER', 'linux/amd64'],
  ])(
    'is built by CodeBuild for %s, with CONNECTOR_IMAGE=codebuild',
    async (CONNECTOR_CPU, Type, platform) => {
      const changed = { CONNECTOR_IMAGE: 'codebuild', CONNECTOR_CPU };
      const { template } = await synthesize('standard', changed);
      template.hasResourceProperties('AWS::CodeBuild::Project', {
        Environment: Match.objectLike({ Type, PrivilegedMode: true }),
      });
      const [[build = '', { Properties = {} } = {}] = []] = Object.entries(
        template.findResources('Custom::CDKContainerImageBuild'),
      );
      const { buildCommand } = Properties as { buildCommand: string };
      expect(buildCommand).toContain('connector/Dockerfile');
      expect(buildCommand).toContain(platform);
      // The task's image has the tag of this build, so ECS starts only what was built.
      expect(await imageOf(changed)).toContain(`{"Fn::GetAtt":["${build}","ImageTag"]}`);
    },
  );

  test('is deleted with the stack, and only a few old ones are kept', async () => {
    const { template } = await synthesize('without-docker');
    template.allResources('AWS::Logs::LogGroup', {
      DeletionPolicy: 'Delete',
      Properties: Match.objectLike({ RetentionInDays: 30 }),
    });
    template.hasResource('AWS::ECR::Repository', {
      DeletionPolicy: 'Delete',
      Properties: {
        EmptyOnDelete: true,
        LifecyclePolicy: { LifecyclePolicyText: Match.stringLikeRegexp('"countNumber":10') },
      },
    });
  });
});
