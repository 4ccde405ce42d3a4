/** The least that any function on Node with this driver must do before its first row. Told by the environment where to connect. */
import pg from 'pg';

await new pg.Client().connect();
process.exit();
