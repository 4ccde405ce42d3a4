/**
 * The minimum before a function's first row: load Node and the driver, connect (by PG* variables).
 */
import pg from 'pg';

await new pg.Client().connect();
process.exit();
