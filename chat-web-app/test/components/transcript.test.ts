import type { PastRow } from '@chat/contract';
import { flushPromises } from '@vue/test-utils';
import { expect, test, vi } from 'vitest';
import type { PastRequest } from '~/api/archive';
import * as files from '~/api/save-file';
import TranscriptButton from '~/components/transcript/TranscriptButton.vue';
import { transcriptStrings } from '~/strings-of-transcript';
import { aRow } from '../support/a-row';
import { fakeApi } from '../support/fake-api';
import { loaded, named, showStarted } from '../support/page';

const row: PastRow = { ...aRow(1), is_deleted: false };

async function opened(at: number | null = null) {
  const api = fakeApi();
  const requests: PastRequest[] = [];
  api.archive.readPast = (request) => {
    requests.push(request);
    return Promise.resolve({ rows: [row], next: null });
  };
  const saved = vi.spyOn(files, 'saveFile').mockReturnValue();
  const button = await showStarted(TranscriptButton, api);
  button.store.commit('past/moved', at);
  await named(button.wrapper, 'button', 'Download the conversation').trigger('click');
  await loaded();
  await flushPromises();
  const start = async () => {
    await button.wrapper.get('form').trigger('submit');
    await flushPromises();
    await loaded();
  };
  return { ...button, api, requests, saved, start, status: () => button.wrapper.get('[role=status]').text() };
}

test('the conversation of now is downloaded as the database knows it, as Markdown', async () => {
  const { start, requests, saved, status } = await opened();
  await start();
  expect(requests).toEqual([{ at: 1_000, limit: 100, before: undefined }]);
  expect(saved.mock.calls.map(([{ name, type }]) => [name, type])).toEqual([
    ['chat-1970-01-01T00-00-01.md', 'text/markdown'],
  ]);
  expect(status()).toBe('Downloaded: 1 message.');
});

test('that of the chosen time is downloaded as JSON, on request', async () => {
  const { start, requests, saved, wrapper } = await opened(5_000);
  expect(wrapper.text()).toMatch(/The chat on .*1970/);
  await wrapper.get('input[value=json]').setValue(true);
  await start();
  expect(requests[0]?.at).toBe(5_000);
  expect(saved.mock.calls[0]?.[0].name).toBe('chat-1970-01-01T00-00-05.json');
});

test('a download that runs can be cancelled, and one that failed tried again', async () => {
  vi.spyOn(console, 'warn').mockReturnValue();
  const { start, api, saved, wrapper, status } = await opened();
  let answer: (() => void) | undefined;
  api.archive.readPast = () =>
    new Promise((resolve) => (answer = () => resolve({ rows: [row], next: null })));
  await start();
  expect(status()).toBe(transcriptStrings.messages(0));
  await named(wrapper, 'button', 'Cancel').trigger('click');
  answer?.();
  await flushPromises();
  expect(saved).not.toHaveBeenCalled();
  api.archive.readPast = () => Promise.reject(new Error('no answer'));
  await start();
  expect(wrapper.get('[role=alert]').text()).toContain(transcriptStrings.failed);
  api.archive.readPast = () => Promise.resolve({ rows: [row], next: null });
  await named(wrapper, 'button', 'Try again').trigger('click');
  await flushPromises();
  expect(saved).toHaveBeenCalledTimes(1);
});
