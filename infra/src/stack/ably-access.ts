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
  readonly writer: IFunction;
  readonly stream: IStream | undefined;
}

/**
 * The IAM role that Ably's rule assumes. With a stream it may also invoke the function: a change of
 * INGEST replaces the rule after the stack, and the old rule needs its permission until then.
 */
export class AblyAccess extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { externalId, writer, stream }: AblyAccessProps) {
    super(scope, id);
    const statements = [
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [writer.functionArn] }),
    ];
    if (stream) {
      statements.push(
        new PolicyStatement({
          actions: ['kinesis:PutRecord', 'kinesis:PutRecords'],
          resources: [stream.streamArn],
        }),
      );
    }
    this.role = new Role(this, 'Role', {
      description: 'Assumed by the rule of one Ably app',
      assumedBy: new AccountPrincipal(ABLY_AWS_ACCOUNT).withConditions({
        StringEquals: { 'sts:ExternalId': externalId },
      }),
      inlinePolicies: { Feed: new PolicyDocument({ statements }) },
    });
  }
}
