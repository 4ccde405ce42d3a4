import { expect, test, vi } from 'vitest';
import { readDeploySettings, readStackSettings } from '../src/settings.ts';
import { SETTINGS } from './support/fake-clouds.ts';
import { REQUIRED, SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

interface Budget {
  readonly Budget: { readonly BudgetName?: string; readonly CostFilters?: object };
  readonly NotificationsWithSubscribers: readonly {
    readonly Notification: { readonly NotificationType: string; readonly Threshold: number };
    readonly Subscribers: readonly unknown[];
  }[];
}

async function budgets(changed: Record<string, string>): Promise<Budget[]> {
  const { template } = await synthesize('standard', changed);
  return Object.values(template.findResources('AWS::Budgets::Budget')).map(
    ({ Properties }) => Properties as Budget,
  );
}

test('a budget: mails before and after the account’s costs exceed it, and when they will', async () => {
  const found = await budgets({ MONTHLY_BUDGET: '75', ALARM_EMAIL: 'alarms@example.com' });
  expect(found).toMatchObject([
    { Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 75, Unit: 'USD' } } },
  ]);
  const [{ NotificationsWithSubscribers: notifications } = { NotificationsWithSubscribers: [] }] = found;
  const conditions = notifications.map(
    ({ Notification }) => `${Notification.NotificationType} ${Notification.Threshold}`,
  );
  expect(conditions).toEqual(['ACTUAL 80', 'ACTUAL 100', 'FORECASTED 100']);
  for (const { Notification, Subscribers } of notifications) {
    expect(Notification).toMatchObject({ ThresholdType: 'PERCENTAGE', ComparisonOperator: 'GREATER_THAN' });
    expect(Subscribers).toEqual([{ SubscriptionType: 'EMAIL', Address: 'alarms@example.com' }]);
  }
});

test('a budget: has no fixed name, so that another address can replace it', async () => {
  const [budget] = await budgets({ MONTHLY_BUDGET: '75', ALARM_EMAIL: 'alarms@example.com' });
  expect(budget?.Budget).not.toHaveProperty('BudgetName');
});

test('a budget: counts the whole account, because the stack’s tags may be inactive', async () => {
  const [budget] = await budgets({ MONTHLY_BUDGET: '75', ALARM_EMAIL: 'alarms@example.com' });
  expect(budget?.Budget).not.toHaveProperty('CostFilters');
});

test('without MONTHLY_BUDGET, the stack has no budget', async () => {
  expect(await budgets({ ALARM_EMAIL: 'alarms@example.com' })).toEqual([]);
});

test('MONTHLY_BUDGET without ALARM_EMAIL is rejected, because no mail would be sent', () => {
  const budget = { MONTHLY_BUDGET: '75' };
  const problem = /MONTHLY_BUDGET: needs ALARM_EMAIL/;
  expect(() => readDeploySettings({ ...SETTINGS, ...budget })).toThrow(problem);
  expect(() => readStackSettings({ ...REQUIRED, ...budget })).toThrow(problem);
});

test.each(['0', '1.5', '-3', 'ten'])('MONTHLY_BUDGET=%s is rejected', (MONTHLY_BUDGET) => {
  const settings = { ...SETTINGS, ALARM_EMAIL: 'alarms@example.com', MONTHLY_BUDGET };
  expect(() => readDeploySettings(settings)).toThrow(/MONTHLY_BUDGET: must be a whole number/);
});
