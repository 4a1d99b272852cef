import { Anchor, createTheme, type CSSVariablesResolver } from '@mantine/core';

/** One accent, the system's own letters: nothing is fetched from elsewhere. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: 8,
  defaultRadius: 'sm',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  cursorType: 'pointer',
  components: {
    // A link in a sentence is told by more than its colour.
    Anchor: Anchor.extend({ defaultProps: { underline: 'always' } }),
  },
});

/** Each a colour that text and buttons may have, on white and, for text, on black. */
const ON_WHITE = { red: '#c92a2a', orange: '#b34100', yellow: '#855500', teal: '#087058', gray: '#495057' };
const ON_BLACK = { red: '#ff8787', orange: '#ffa94d', yellow: '#ffd43b', teal: '#38d9a9', gray: '#ced4da' };

/** All text has the contrast of WCAG 2.2, 1.4.3: that which steps back, and that in a colour. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-6)',
    '--mantine-color-error': ON_WHITE.red,
    ...colored(ON_WHITE, ['text', 'outline', 'light-color', 'filled']),
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-2)',
    '--mantine-color-error': ON_BLACK.red,
    ...colored(ON_BLACK, ['text', 'outline', 'light-color']),
  },
});

function colored(
  colors: Readonly<Record<string, string>>,
  uses: readonly string[],
): Record<`--${string}`, string> {
  return Object.fromEntries(
    Object.entries(colors).flatMap(([name, color]) =>
      uses.map((use) => [`--mantine-color-${name}-${use}`, color]),
    ),
  );
}
