import { Aws, Validations } from 'aws-cdk-lib';
import { CfnOIDCProvider, PolicyStatement, Role, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { permissionsOf } from '../deploy/permissions.ts';
import type { StackSettings } from '../settings.ts';

const ISSUER = 'token.actions.githubusercontent.com';

export interface GitHubDeploymentProps {
  readonly settings: StackSettings;
  /** `owner/name` */
  readonly repository: string;
}

/**
 * The role with which GitHub Actions runs `npm run deploy`, without stored keys. GitHub's token names
 * repository and branch, and the branch of a stage has its name:
 * https://docs.github.com/en/actions/concepts/security/openid-connect
 */
export class GitHubDeployment extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { settings, repository }: GitHubDeploymentProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      description: `GitHub Actions of ${repository} deploys the branch ${settings.STAGE}`,
      assumedBy: new WebIdentityPrincipal(this.provider(settings), {
        StringEquals: {
          [`${ISSUER}:aud`]: 'sts.amazonaws.com',
          [`${ISSUER}:sub`]: `repo:${repository}:ref:refs/heads/${settings.STAGE}`,
        },
      }),
    });
    for (const { action, resource } of needed(Aws.ACCOUNT_ID, Aws.PARTITION, settings))
      this.role.addToPolicy(new PolicyStatement({ actions: [action], resources: [resource] }));
    const wide = needed('<AWS::AccountId>', 'aws', settings)
      .map(({ resource }) => resource.replace(/^arn:aws:/, 'arn:<AWS::Partition>:'))
      .filter((resource) => resource.includes('*'));
    for (const resource of new Set(wide)) {
      Validations.of(this.role).acknowledge({
        id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`,
        reason: 'Names of this stage end in what AWS generates; account settings have no resource.',
      });
    }
  }

  /** An account can have only one provider of an issuer. */
  private provider({ GITHUB_PROVIDER }: StackSettings): string {
    if (GITHUB_PROVIDER === 'existing')
      return `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:oidc-provider/${ISSUER}`;
    return new CfnOIDCProvider(this, 'Provider', {
      url: `https://${ISSUER}`,
      clientIdList: ['sts.amazonaws.com'],
    }).attrArn;
  }
}

function needed(account: string, partition: string, settings: StackSettings) {
  return permissionsOf('deploy', { account, arn: `arn:${partition}:iam` }, settings);
}
