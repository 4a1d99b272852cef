import 'uplot/dist/uPlot.min.css';
import UPlot from 'uplot';
import type { ChartLine, ChartProps } from './chart';

export interface UPlotChart {
  update(data: Pick<ChartProps, 'times' | 'lines'>): void;
  destroy(): void;
}

const COLORS = ['indigo', 'teal', 'grape', 'orange', 'red'];

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'short', timeStyle: 'short' });

/** Draws into an element, as wide as it is, in the colours that the page has now. */
export function drawChart(
  element: HTMLElement,
  { times, lines, unit, height }: Pick<ChartProps, 'times' | 'lines' | 'unit'> & { readonly height: number },
): UPlotChart {
  const styles = getComputedStyle(element);
  const colorOf = (name: string) => styles.getPropertyValue(name).trim() || 'gray';
  const axis = {
    stroke: colorOf('--mantine-color-dimmed'),
    grid: { stroke: colorOf('--gatehouse-grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  const text = (value: number | null | undefined) =>
    value === null || value === undefined ? '–' : `${Number(value.toPrecision(4))} ${unit}`.trim();
  const plot = new UPlot(
    {
      width: element.clientWidth,
      height,
      cursor: { y: false, points: { size: 6 } },
      scales: { y: { range: (_plot, _low, high) => [0, niceTop(high)] } },
      axes: [
        {
          ...axis,
          space: 60,
          size: 24,
          values: (_plot, splits) => splits.map((split) => clock.format(split * 1_000)),
        },
        {
          ...axis,
          size: 48,
          values: (_plot, splits) => splits.map((split) => String(Number(split.toPrecision(6)))),
        },
      ],
      series: [
        {
          label: 'at',
          value: (_plot: UPlot, at: number | null) => (at === null ? '–' : moment.format(at * 1_000)),
        },
        ...lines.map(({ label, color }, index) => ({
          label,
          stroke: colorOf(`--mantine-color-${color ?? COLORS[index % COLORS.length]}-text`),
          width: 1.5,
          points: { show: true, size: 4, filter: lonely },
          value: (_plot: UPlot, value: number | null) => text(value),
        })),
      ],
    },
    dataOf(times, lines),
    element,
  );
  const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
  watcher.observe(element);
  return {
    update: (data) => plot.setData(dataOf(data.times, data.lines)),
    destroy: () => {
      watcher.disconnect();
      plot.destroy();
    },
  };
}

/** A value between two gaps makes no line: it is drawn as a point. */
function lonely(plot: UPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const isThere = (index: number) => values[index] !== null && values[index] !== undefined;
  return [...values.keys()].filter((at) => isThere(at) && !isThere(at - 1) && !isThere(at + 1));
}

/** Nothing yet is drawn as an axis from 0 to 1. */
function niceTop(high: number | null): number {
  return high === null || !(high > 0) ? 1 : high * 1.1;
}

function dataOf(times: readonly number[], lines: readonly ChartLine[]): UPlot.AlignedData {
  return [times.map((at) => at / 1_000), ...lines.map(({ values }) => values.map((value) => value ?? null))];
}
