import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PresenceFull } from '~/api/presence-full';
import { FakeClient, listener, opened } from '../support/fake-ably';
import { aSession } from '../support/fake-api';

vi.mock('ably/modular', () => ({
  BaseRealtime: FakeClient,
  FetchRequest: {},
  RealtimePresence: {},
  WebSocketTransport: {},
}));

beforeEach(() => vi.clearAllMocks());
afterEach(() => FakeClient.last.close());

describe('The realtime client of a crowd', () => {
  test('reports that the presence set is full, and passes on every other rejection', async () => {
    const { realtime, incoming } = await opened();
    incoming.presence.enter.mockRejectedValueOnce(Object.assign(new Error('limit'), { code: 91003 }));
    await expect(realtime.enterPresence({})).rejects.toThrow(PresenceFull);
    const other = Object.assign(new Error('not attached'), { code: 91001 });
    incoming.presence.enter.mockRejectedValueOnce(other);
    await expect(realtime.enterPresence({})).rejects.toBe(other);
  });

  test('attaches with the number of people when it is needed, also after opening again', async () => {
    const { realtime, incoming } = await opened();
    expect(incoming.setOptions).not.toHaveBeenCalled();
    realtime.watchOccupancy();
    const options = { params: { rewind: '2m', occupancy: 'metrics' } };
    expect(incoming.setOptions).toHaveBeenCalledWith(options);
    const { config, tokenRequest } = aSession();
    await realtime.open(
      { clientId: 'me', config, requestToken: () => Promise.resolve(tokenRequest) },
      listener,
    );
    const next = FakeClient.last.made.get('[?rewind=2m]incoming-chat');
    expect(next).not.toBe(incoming);
    expect(next?.setOptions).toHaveBeenCalledWith(options);
  });

  test('distinguishes the number of people from row changes', async () => {
    const { incoming } = await opened();
    const [[receive] = []] = incoming.subscribe.mock.calls as unknown as [[(message: object) => void]];
    receive?.({ id: '1', timestamp: 1, name: '[meta]occupancy', data: { metrics: {} } });
    receive?.({ id: '2', timestamp: 2, name: 'chat', data: 'a row' });
    expect(listener.onOccupancy.mock.calls).toEqual([[{ metrics: {} }]]);
    expect(listener.onRowChange.mock.calls).toEqual([[{ id: '2', timestamp: 2, data: 'a row' }]]);
  });
});
