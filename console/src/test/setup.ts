/** What Mantine asks of a browser and the test's document doesn't have, and patience on a busy machine. */
import { configure } from '@testing-library/react';

configure({ asyncUtilTimeout: 15_000 });

window.matchMedia ??= ((query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => {},
  removeEventListener: () => {},
})) as unknown as typeof window.matchMedia;

// Fields that grow look at fonts, of which jsdom has none.
Object.defineProperty(document, 'fonts', {
  configurable: true,
  value: { addEventListener: () => undefined, removeEventListener: () => undefined },
});
