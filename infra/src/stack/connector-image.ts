import { ContainerImageBuild } from '@cdklabs/deploy-time-build';
import {
  CfnResource,
  DefaultStackSynthesizer,
  IgnoreMode,
  RemovalPolicy,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { CfnLogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';
import type { StackSettings } from '../settings.ts';

/** Tasks and their rollback need the latest two images; the others help to find a regression. */
const KEPT_IMAGES = 10;

/**
 * Returns the connector's image. Docker on the deploying machine builds it, or AWS CodeBuild during
 * the deployment, which needs no Docker anywhere.
 * @param context folder that contains `connector/Dockerfile`
 */
export function connectorImage(scope: Construct, context: string, settings: StackSettings): ContainerImage {
  const source = {
    file: 'connector/Dockerfile',
    platform: settings.CONNECTOR_CPU === 'arm64' ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
    ...BUILD_CONTEXT,
  };
  if (settings.CONNECTOR_IMAGE === 'docker') return ContainerImage.fromAsset(context, source);

  const repository = new Repository(scope, 'Images', {
    emptyOnDelete: true,
    removalPolicy: RemovalPolicy.DESTROY,
    imageScanOnPush: true,
    lifecycleRules: [{ maxImageCount: KEPT_IMAGES }],
  });
  const build = new ContainerImageBuild(scope, 'Image', { directory: context, repository, ...source });
  adaptBuild(Stack.of(scope));
  return build.toEcsDockerImageCode();
}

/**
 * The build context contains only the files that the Dockerfile copies: a change to any other file
 * must not replace the image.
 */
const BUILD_CONTEXT = {
  ignoreMode: IgnoreMode.DOCKER,
  exclude: [
    '*',
    '!.npmrc',
    '!package.json',
    '!package-lock.json',
    // npm needs the manifest of every workspace in the lock file.
    '!*/package.json',
    '!local/*/package.json',
    '!connector',
    '!contract',
    '**/test',
    '**/node_modules',
    '**/dist',
  ],
};

/**
 * @cdklabs/deploy-time-build adds the project and the function that starts it to the stack itself.
 * The function's log would remain when the stack is removed.
 */
function adaptBuild(stack: Stack): void {
  const reason = '@cdklabs/deploy-time-build defines the role, the runtime and the key of its build.';
  const [starter, project] = ['DeployTimeBuildCustomResourceHandler', 'ContainerImageBuild'].map((prefix) =>
    stack.node.children.find(({ node }) => node.id.startsWith(prefix)),
  );
  const log = starter?.node.tryFindChild('LogGroup')?.node.defaultChild;
  const resource = project?.node.defaultChild;
  if (!starter || !project || !(log instanceof CfnLogGroup) || !(resource instanceof CfnResource))
    throw new Error('@cdklabs/deploy-time-build names its constructs in another way: adapt this function.');
  log.retentionInDays = RetentionDays.ONE_MONTH;
  log.applyRemovalPolicy(RemovalPolicy.DESTROY);

  const acknowledge = (construct: IConstruct, rules: readonly string[]): void =>
    Validations.of(construct).acknowledge(
      ...rules.map((rule) => ({ id: `AwsSolutions::AwsSolutions-${rule}`, reason })),
    );
  const policy = 'Policy::arn:<AWS::Partition>:iam::aws:policy';
  acknowledge(starter, ['L1', `IAM4[${policy}/service-role/AWSLambdaBasicExecutionRole]`]);

  const id = stack.getLogicalId(resource);
  const account = `${stack.region}:<AWS::AccountId>`;
  const wildcards = [
    'Resource::*',
    `Resource::arn:aws:logs:${account}:log-group:/aws/codebuild/<${id}>:*`,
    `Resource::arn:aws:codebuild:${account}:report-group/<${id}>-*`,
    `Resource::arn:aws:s3:::cdk-${DefaultStackSynthesizer.DEFAULT_QUALIFIER}-assets-<AWS::AccountId>-${stack.region}/*`,
    ...['s3:GetBucket*', 's3:GetObject*', 's3:List*'].map((action) => `Action::${action}`),
  ];
  acknowledge(project, [
    'CB4',
    `IAM4[${policy}/AmazonElasticContainerRegistryPublicReadOnly]`,
    ...wildcards.map((wildcard) => `IAM5[${wildcard}]`),
  ]);
}
