import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { MessageDatabase } from './message-database.ts';

/** How near the database is to being full: free bytes of an instance, or percent of the capacity that Aurora may use. */
export function databaseSpaceMetric({ server, isAurora }: MessageDatabase): Metric {
  return server.metric(isAurora ? 'ACUUtilization' : 'FreeStorageSpace', {
    period: Duration.minutes(5),
    statistic: isAurora ? 'Maximum' : 'Minimum',
  });
}
