import { CfnOutput, RemovalPolicy, Stack, type StackProps, Tags, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { countReserved } from '../concurrency.ts';
import { OUTPUTS } from '../names.ts';
import type { StackSettings } from '../settings.ts';
import { AblyAccess } from './ably-access.ts';
import { Alarms } from './alarms.ts';
import type { Artefacts } from './artefacts.ts';
import { MonthlyBudget } from './budget.ts';
import { ConnectorRefresh } from './connector-refresh.ts';
import { ConnectorService } from './connector-service.ts';
import { ConnectorWatch } from './connector-watch.ts';
import { GitHubDeployment } from './github-deployment.ts';
import { IngestStream } from './ingest-stream.ts';
import { MessageDatabase } from './message-database.ts';
import { MessageHistory } from './message-history.ts';
import { MessageWriter } from './message-writer.ts';
import { Migrations } from './migrations.ts';
import { Network } from './network.ts';
import { ChatDashboard } from './dashboard.ts';

export interface ChatStackProps extends StackProps {
  readonly settings: StackSettings;
  readonly artefacts: Artefacts;
}

/** Composes everything on AWS. */
export class ChatStack extends Stack {
  constructor(scope: Construct, id: string, { settings, artefacts, ...props }: ChatStackProps) {
    super(scope, id, props);
    const network = new Network(this, 'Network');
    const database = new MessageDatabase(this, 'Database', { network, settings });
    const shared = { network, database, settings };

    const historySecret = this.siteSecret('HistorySecret', 'Shared by the two functions named chat-history');
    const identitySecret = this.siteSecret('IdentitySecret', 'Signs the identities that ably-auth issues');

    const migrations = new Migrations(this, 'Migrations', { ...shared, folder: artefacts.migrate });
    const writer = new MessageWriter(this, 'Writer', { ...shared, folder: artefacts.writer });
    const history = new MessageHistory(this, 'History', {
      ...shared,
      folder: artefacts.history,
      secret: historySecret,
    });
    const watch = new ConnectorWatch(this, 'Watch', {
      ...shared,
      folder: artefacts.connectorWatch,
      stage: settings.STAGE,
    });
    const connector =
      settings.CONNECTOR === 'fargate'
        ? new ConnectorService(this, 'Connector', { ...shared, context: artefacts.connectorContext })
        : undefined;
    migrations.before(writer.function, history.function, watch.function);
    if (connector) {
      migrations.before(connector.service);
      new ConnectorRefresh(this, 'Refresh', {
        folder: artefacts.refreshConnector,
        service: connector.service,
        databaseSecret: database.logins.connector,
      });
    }

    const ingest =
      settings.INGEST !== 'lambda'
        ? new IngestStream(this, 'Ingest', { writer: writer.function, deadLetters: writer.deadLetters })
        : undefined;
    const ably = new AblyAccess(this, 'Ably', {
      externalId: settings.ABLY_EXTERNAL_ID,
      writer: writer.function,
      stream: ingest?.stream,
    });
    const watched = { settings, writer, history, watch, connector, database, ingest };
    const alarms = new Alarms(this, 'Alarms', watched);
    const { MONTHLY_BUDGET: limit, ALARM_EMAIL: email } = settings;
    if (limit && email) new MonthlyBudget(this, 'Budget', { limit, email });
    const { GITHUB_REPOSITORY: repository } = settings;
    const github = repository && new GitHubDeployment(this, 'GitHub', { settings, repository });
    const dashboard = new ChatDashboard(this, 'Overview', { ...watched, alarms });

    Tags.of(this).add('project', 'serverless-editable-chat');
    Tags.of(this).add('stage', settings.STAGE);
    this.addOutputs({
      writerFunction: writer.function.functionName,
      historyUrl: history.url,
      historySecret: historySecret.secretArn,
      identitySecret: identitySecret.secretArn,
      ablyRole: ably.role.roleArn,
      ablyExternalId: settings.ABLY_EXTERNAL_ID,
      deadLetters: writer.deadLetters.queueUrl,
      database: database.identifier,
      databaseSecret: database.secret.secretArn,
      databaseKind: settings.DATABASE,
      ingest: settings.INGEST,
      dashboard: dashboard.url,
      reservedExecutions: String(countReserved(settings)),
      ...(github && { deployRole: github.role.roleArn }),
      ...(ingest && { ingestStream: ingest.stream.streamName }),
      ...(connector && { cluster: connector.cluster.clusterName, service: connector.service.serviceName }),
    });
  }

  private siteSecret(id: string, description: string): Secret {
    const secret = new Secret(this, id, {
      description,
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason:
        'Netlify stores a copy, which only a deployment updates; docs/deploying.md describes how to replace both.',
    });
    return secret;
  }

  private addOutputs(outputs: Partial<Record<keyof typeof OUTPUTS, string>>): void {
    for (const [key, value] of Object.entries(outputs)) {
      new CfnOutput(this, OUTPUTS[key as keyof typeof OUTPUTS], { value });
    }
  }
}
