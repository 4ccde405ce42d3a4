import type pg from 'pg';

/** A node of a query plan, with what its execution did. */
export interface PlanNode {
  'Node Type': string;
  'Actual Rows': number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

/** Executes a query and returns the nodes of its plan, each before those below it. */
export async function explain(
  client: pg.Client,
  query: string,
  values: readonly unknown[],
): Promise<[PlanNode, ...PlanNode[]]> {
  const { rows } = await client.query(`explain (analyze, buffers, format json) ${query}`, [...values]);
  return withNodesBelow(rows[0]['QUERY PLAN'][0].Plan);
}

function withNodesBelow(node: PlanNode): [PlanNode, ...PlanNode[]] {
  return [node, ...(node.Plans ?? []).flatMap(withNodesBelow)];
}

/** Blocks of 8 kB that a node and those below it read. */
export function blocksOf({ 'Shared Hit Blocks': hit, 'Shared Read Blocks': read }: PlanNode): number {
  return hit + read;
}
