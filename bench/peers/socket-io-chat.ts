/**
 * The peer: the simplest group chat on Postgres, a Socket.IO server that inserts each message and
 * then broadcasts it. Its table has the columns and indexes of chat_data without triggers. A second
 * process would need an adapter. Argument: an empty database. A child process with IPC: it sends
 * its port and exits on disconnect.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { Server } from 'socket.io';
import * as v from 'valibot';

const SCHEMA = `
  create sequence chat_data_incremental_record_id_seq;
  create table chat_data (
    username text, msg_id text not null primary key, msg_data text, client_id text,
    incremental_record_id bigint not null default nextval('chat_data_incremental_record_id_seq'),
    created_at_timestamp bigint, is_edited boolean, revision integer not null default 1,
    edited_at_timestamp bigint);
  create index chat_data_newest_first on chat_data (created_at_timestamp desc, incremental_record_id desc)`;

const INSERT = {
  name: 'insert',
  text: `insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp, is_edited)
         values ($1, $2, $3, $4, $5, false) returning *`,
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

async function receive(raw: unknown, clientId: string): Promise<void> {
  const { id, username, content } = v.parse(Message, raw);
  const values = [username, id, content, clientId, Date.now()];
  const { rows } = await pool.query<Record<string, unknown>>({ ...INSERT, values });
  io.emit('message', rows[0]);
}

io.on('connection', (socket) => {
  socket.on('message', (raw: unknown, acknowledge: (problem?: string) => void) => {
    receive(raw, socket.id).then(
      () => acknowledge(),
      (error: unknown) => acknowledge(String(error)),
    );
  });
});
http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }));
