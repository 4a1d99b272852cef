import { Box, Text, VisuallyHidden, useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { UPlotChart } from './uplot-chart';

export interface ChartLine {
  readonly label: string;
  /** As many as there are times; null or undefined where there is none. */
  readonly values: readonly (number | null | undefined)[];
  /** Of the theme, as in `red`; default one by its place. */
  readonly color?: string;
}
export interface ChartProps {
  readonly title: string;
  /** Epoch ms, oldest first. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  /** Behind each value, as in `ms`. */
  readonly unit: string;
  /** Px. */
  readonly height?: number;
}

/** Values over time, as lines; what they come to stands in words for those who do not see it. */
export function Chart({ title, times, lines, unit, height = 160 }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlotChart>(undefined);
  const scheme = useComputedColorScheme('light');
  const names = lines.map(({ label, color }) => `${label}=${color ?? ''}`).join('|');
  const latest = useRef({ times, lines });
  latest.current = { times, lines };
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let isGone = false;
    // By itself: most pages have no chart.
    void import('./uplot-chart').then(({ drawChart }) => {
      if (isGone) return;
      chart.current = drawChart(element, { ...latest.current, unit, height });
    });
    return () => {
      isGone = true;
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [scheme, unit, height, names]);
  useEffect(() => {
    chart.current?.update({ times, lines });
  }, [times, lines]);
  return (
    <Box component="figure" m={0}>
      <Text component="figcaption" size="sm" fw={600} mb={4}>
        {title}
        <VisuallyHidden>{lines.map((line) => summaryOf(line, unit)).join(' ')}</VisuallyHidden>
      </Text>
      <div ref={box} className="chart" style={{ minHeight: height }} aria-hidden="true" />
    </Box>
  );
}

function summaryOf({ label, values }: ChartLine, unit: string): string {
  const known = values.filter((value) => typeof value === 'number');
  const last = known.at(-1);
  if (last === undefined) return `, ${label}: nothing yet.`;
  const text = (value: number) => `${Number(value.toPrecision(4))} ${unit}`.trim();
  return `, ${label}: last ${text(last)}, lowest ${text(Math.min(...known))}, highest ${text(Math.max(...known))}.`;
}
