import { flushPromises } from '@vue/test-utils';
import { expect, test, vi } from 'vitest';
import { anInsert, aRow } from '../support/a-row';
import { loaded, named } from '../support/page';
import { joinedRoom } from '../support/room';

const network = vi.hoisted(() => ({ isDown: true }));
vi.mock('~/components/versions/MessageVersions.vue', async (load) => {
  if (network.isDown) throw new Error('Failed to fetch dynamically imported module');
  return load();
});

test('The view of versions says that it could not be loaded, and loads on "Try again"', async () => {
  vi.spyOn(console, 'warn').mockReturnValue();
  const { receive, item, api } = await joinedRoom();
  const version = { revision: 2, content: 'now', at: 2, source: 'chat' as const };
  api.versions = () => Promise.resolve({ versions: [version], complete: false });
  await receive(anInsert(aRow(1, { revision: 2, is_edited: true, msg_data: 'now' })));
  await item('message-1').get('[data-versions]').trigger('click');
  await loaded();
  await flushPromises();
  expect(item('message-1').get('[role=alert]').text()).toContain('The versions could not be loaded.');
  expect(item('message-1').get('.message-text').text()).toBe('now');

  network.isDown = false;
  await named(item('message-1'), 'button', 'Try again').trigger('click');
  await loaded();
  await flushPromises();
  expect(item('message-1').findAll('[role=tab]')).toHaveLength(1);
});
