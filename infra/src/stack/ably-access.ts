import { AccountPrincipal, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ABLY_AWS_ACCOUNT } from '../names.ts';

export interface AblyAccessProps {
  /**
   * `<Ably account id>.<Ably app id>`: without it, a rule of any other Ably customer could use this
   * role.
   */
  readonly externalId: string;
  /** The only resource that the rule may invoke or write to. */
  readonly target: { readonly function: IFunction } | { readonly stream: IStream };
}

/** The IAM role that Ably's rule assumes. */
export class AblyAccess extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { externalId, target }: AblyAccessProps) {
    super(scope, id);
    const statement =
      'function' in target
        ? new PolicyStatement({
            actions: ['lambda:InvokeFunction'],
            resources: [target.function.functionArn],
          })
        : new PolicyStatement({
            actions: ['kinesis:PutRecord', 'kinesis:PutRecords'],
            resources: [target.stream.streamArn],
          });
    this.role = new Role(this, 'Role', {
      description: 'Assumed by the rule of one Ably app',
      assumedBy: new AccountPrincipal(ABLY_AWS_ACCOUNT).withConditions({
        StringEquals: { 'sts:ExternalId': externalId },
      }),
      inlinePolicies: { Feed: new PolicyDocument({ statements: [statement] }) },
    });
  }
}
