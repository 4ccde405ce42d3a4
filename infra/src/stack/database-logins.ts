import { LOGINS } from '@chat/sql/logins';
import { Duration } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { type DatabaseCluster, type DatabaseInstance, DatabaseSecret } from 'aws-cdk-lib/aws-rds';
import { type ISecret, SecretRotation, SecretRotationApplication } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Network } from './network.ts';

type Server = DatabaseInstance | DatabaseCluster;

/** The secret of each part's database login. */
export type DatabaseLogins = Readonly<Record<keyof typeof LOGINS, ISecret>>;

/**
 * Creates a secret for each login. The migrations create the logins themselves, with the generated
 * passwords and the rights of `sql/logins.sql`.
 */
export function addLogins(scope: Construct, server: Server, masterSecret: ISecret): DatabaseLogins {
  const add = (part: keyof typeof LOGINS): ISecret => {
    const id = `${part[0]?.toUpperCase()}${part.slice(1)}Login`;
    return new DatabaseSecret(scope, id, { username: LOGINS[part], masterSecret }).attach(server);
  };
  return { writer: add('writer'), history: add('history'), connector: add('connector') };
}

/** Functions of AWS rotate the passwords, inside the VPC. Each login changes its own. */
export function rotatePasswordsMonthly(
  scope: Construct,
  { network, server, logins }: { network: Network; server: Server; logins: DatabaseLogins },
): void {
  const securityGroup = new SecurityGroup(scope, 'PasswordChange', {
    vpc: network.vpc,
    description: 'The function that rotates the database password',
  });
  network.allowSecretsTo(securityGroup);
  const common = {
    automaticallyAfter: Duration.days(30),
    // The first rotation must not run while the migrations read the password.
    rotateImmediatelyOnUpdate: false,
    vpcSubnets: network.isolated,
    securityGroup,
  };
  server.addRotationSingleUser(common);
  for (const [part, secret] of Object.entries(logins)) {
    new SecretRotation(scope, `Rotate-${part}`, {
      ...common,
      application: SecretRotationApplication.POSTGRES_ROTATION_SINGLE_USER,
      secret,
      target: server,
      vpc: network.vpc,
    });
  }
}
