/**
 * Colours, type and defaults of every control. Contrast is chosen for WCAG 2.2 AA in both schemes.
 * It knows nothing of pages.
 */
import {
  ActionIcon,
  Button,
  createTheme,
  type CSSVariablesResolver,
  Drawer,
  type MantineColorsTuple,
  Modal,
  Popover,
  Select,
  Tooltip,
} from '@mantine/core';

const keep: MantineColorsTuple = [
  '#edf7f6',
  '#d8ecea',
  '#b1dad6',
  '#87c6c2',
  '#5fb1ae',
  '#3c9b9a',
  '#24868a',
  '#157177',
  '#0d5c63',
  '#07454b',
];
const amber: MantineColorsTuple = [
  '#fdf4e9',
  '#f8e5cd',
  '#f0cb9c',
  '#e6ad67',
  '#dc9240',
  '#cd7b22',
  '#b26615',
  '#915110',
  '#74400e',
  '#552f0b',
];
const gray: MantineColorsTuple = [
  '#f6f8f8',
  '#edf1f1',
  '#e2e8e8',
  '#d2dada',
  '#bcc7c8',
  '#93a0a2',
  '#667476',
  '#4a5658',
  '#313b3d',
  '#182123',
];
const dark: MantineColorsTuple = [
  '#e4e9e9',
  '#c2cbcc',
  '#9aa7a9',
  '#6e7d80',
  '#364347',
  '#2b373a',
  '#212b2e',
  '#171f22',
  '#11181a',
  '#0b1011',
];

/** A dialog's head is no banner of the page. */
const dialogHeader = { header: { role: 'presentation' } };

export const theme = createTheme({
  primaryColor: 'keep',
  primaryShade: { light: 8, dark: 7 },
  colors: { keep, amber, gray, dark },
  black: '#182123',
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '16px' },
  fontFamily:
    "'Inter Variable', Inter, 'Segoe UI Variable Text', 'Segoe UI', system-ui, -apple-system, Roboto, 'Helvetica Neue', sans-serif",
  fontFamilyMonospace:
    "ui-monospace, 'SF Mono', 'Cascadia Mono', 'JetBrains Mono', Menlo, Consolas, monospace",
  fontSizes: { xs: '12px', sm: '13.5px', md: '15px', lg: '17px', xl: '20px' },
  fontWeights: { regular: '400', medium: '500', bold: '650' },
  headings: {
    fontWeight: '620',
    sizes: {
      h1: { fontSize: '22px', lineHeight: '1.25' },
      h2: { fontSize: '16px', lineHeight: '1.35' },
      h3: { fontSize: '14px', lineHeight: '1.4' },
    },
  },
  focusRing: 'auto',
  cursorType: 'pointer',
  components: {
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    ActionIcon: ActionIcon.extend({
      defaultProps: { variant: 'subtle', color: 'gray', size: 'lg' },
      // Icons beside text stay quieter than the text.
      vars: (_theme, props) => ({
        root: props.variant === 'subtle' ? { '--ai-color': 'var(--mantine-color-dimmed)' } : {},
      }),
    }),
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 350, withArrow: true, events: { hover: true, focus: true, touch: false } },
    }),
    Modal: Modal.extend({
      defaultProps: {
        radius: 'lg',
        centered: true,
        attributes: dialogHeader,
        overlayProps: { backgroundOpacity: 0.35 },
      },
      styles: { title: { fontWeight: 620 } },
    }),
    Drawer: Drawer.extend({
      defaultProps: { attributes: dialogHeader, overlayProps: { backgroundOpacity: 0.25 } },
      styles: { title: { fontWeight: 620 } },
    }),
    Popover: Popover.extend({ defaultProps: { radius: 'md', shadow: 'md' } }),
    Select: Select.extend({ defaultProps: { size: 'sm', checkIconPosition: 'right' } }),
  },
});

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#56646a',
    '--mantine-color-placeholder': '#66757a',
    '--mantine-color-error': '#b3261e',
    '--keep-canvas': '#ffffff',
    '--keep-panel': '#ffffff',
    '--keep-side': '#f3f6f6',
    '--keep-line': '#e0e7e7',
    '--keep-hover': '#f4f8f8',
    '--keep-accent': '#0d5c63',
    '--keep-accent-soft': '#e3f1f0',
    '--keep-agent': '#0f6f76',
    '--keep-customer': '#a4570f',
    '--keep-good': '#1b7a4b',
    '--keep-bad': '#b3261e',
    '--keep-warn': '#8a5a00',
    '--keep-bad-soft': '#fdeceb',
    '--keep-good-soft': '#e6f4ec',
    '--keep-warn-soft': '#fdf3df',
  },
  dark: {
    '--mantine-color-dimmed': '#9fadb0',
    '--mantine-color-placeholder': '#8b9a9d',
    '--mantine-color-error': '#ff9b93',
    '--keep-canvas': '#141b1d',
    '--keep-panel': '#192123',
    '--keep-side': '#101618',
    '--keep-line': '#2a3639',
    '--keep-hover': '#1c2628',
    '--keep-accent': '#6cc4c1',
    '--keep-accent-soft': '#16363a',
    '--keep-agent': '#4fb9b6',
    '--keep-customer': '#e0a05a',
    '--keep-good': '#6fcf9c',
    '--keep-bad': '#ff9b93',
    '--keep-warn': '#e8bf6a',
    '--keep-bad-soft': '#3a1f1e',
    '--keep-good-soft': '#173026',
    '--keep-warn-soft': '#352a14',
  },
});
