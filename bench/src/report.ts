import { meetsGoal, ratioOf, type Figure } from './measurement.ts';

const COLUMNS = ['what', 'ours', 'floor', 'unit', 'ratio', 'goal', ''];

/** The figures as a table for a terminal. */
export function toTable(figures: readonly Figure[]): string {
  const rows = [COLUMNS, ...figures.map(toRow)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

function toRow(figure: Figure): string[] {
  const { what, unit, ours, floor } = figure;
  const verdict = meetsGoal(figure) === false ? 'missed' : '';
  return [
    what,
    format(ours),
    format(floor),
    unit,
    ratioOf(figure)?.toFixed(2) ?? '',
    toLimit(figure),
    verdict,
  ];
}

function toLimit({ goal }: Figure): string {
  if (!goal) return '';
  return 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
}

function format(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 999.5 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
