/**
 * The peer: the group chat that one writes first, a Socket.IO server with Postgres behind it. A message is inserted, then told to all. The
 * table has the columns and indexes of chat_data, without triggers. One process has to do it all: a second would need an adapter.
 * Argument: an empty database. As a child process with IPC it tells its port, and ends when its parent lets go.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { Server } from 'socket.io';
import * as v from 'valibot';

const SCHEMA = `
  CREATE SEQUENCE chat_data_incremental_record_id_seq;
  CREATE TABLE chat_data (
    username text, msg_id text NOT NULL PRIMARY KEY, msg_data text, client_id text,
    incremental_record_id bigint NOT NULL DEFAULT nextval('chat_data_incremental_record_id_seq'),
    created_at_timestamp bigint, is_edited boolean, revision integer NOT NULL DEFAULT 1, edited_at_timestamp bigint);
  CREATE INDEX chat_data_newest_first ON chat_data (created_at_timestamp DESC, incremental_record_id DESC)`;

const INSERT = {
  name: 'insert',
  text: `INSERT INTO chat_data (username, msg_id, msg_data, client_id, created_at_timestamp, is_edited)
         VALUES ($1, $2, $3, $4, $5, false) RETURNING *`,
};

const Message = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  username: v.pipe(v.string(), v.minLength(1), v.maxLength(40)),
  content: v.pipe(v.string(), v.minLength(1), v.maxLength(4_000)),
});

process.once('disconnect', () => process.exit(0));
const pool = new pg.Pool({ connectionString: process.argv[2], max: 10 });
await pool.query(SCHEMA);
const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });

async function take(raw: unknown, clientId: string): Promise<void> {
  const { id, username, content } = v.parse(Message, raw);
  const values = [username, id, content, clientId, Date.now()];
  const { rows } = await pool.query<Record<string, unknown>>({ ...INSERT, values });
  io.emit('message', rows[0]);
}

io.on('connection', (socket) => {
  socket.on('message', (raw: unknown, acknowledge: (problem?: string) => void) => {
    take(raw, socket.id).then(
      () => acknowledge(),
      (error: unknown) => acknowledge(String(error)),
    );
  });
});
http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }));
