/** A row like those of the chat. */
export const ROW = `'bench', gen_random_uuid(), 'a message of an ordinary length, as people write them', 'client-1', 1763740000000`;
export const COLUMNS = 'username, msg_id, msg_data, client_id, created_at_timestamp';
export const INSERT = `insert into chat_data (${COLUMNS}) values (${ROW})`;
