import { flushPromises } from '@vue/test-utils';
import ChatRoom from '~/components/message/ChatRoom.vue';
import { anInsert, aRow } from './a-row';
import { fakeApi, incoming } from './fake-api';
import { named, showStarted } from './page';

/** Makes a row one of this tab's author. */
export const mine = { client_id: 'me', username: 'Me', msg_data: 'my words' };

/** The mounted chat room, joined as "Me". */
export async function joinedRoom() {
  const api = fakeApi();
  api.stored.set('nickname', 'Me');
  const room = await showStarted(ChatRoom, api);
  const receive = async (data: unknown) => {
    api.listener?.onRowChange(incoming(data));
    await flushPromises();
  };
  const item = (id: string) => room.wrapper.get(`[data-message-id="${id}"]`);
  return { ...room, receive, item };
}

/** The same, with an open edit of the author's own message. */
export async function editing() {
  const room = await joinedRoom();
  await room.receive(anInsert(aRow(1, mine)));
  await named(room.item('message-1'), 'button', 'Edit message').trigger('click');
  const field = named(room.item('message-1'), 'textarea', 'Edit your message');
  const text = () => (field.element as HTMLTextAreaElement).value;
  return { ...room, field, text };
}
