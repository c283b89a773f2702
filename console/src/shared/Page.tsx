/**
 * The frame of a page: its heading takes the focus when the page is opened, its title goes to the window.
 * It knows nothing of what the page shows.
 */
import { Group, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './Page.module.css';

let openedBefore = false;

interface PageProps {
  title: string;
  subtitle?: ReactNode;
  actions?: ReactNode;
  above?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

export function Page({ title, subtitle, actions, above, wide, children }: PageProps) {
  return (
    <div className={classes.page} data-wide={wide || undefined}>
      {above}
      <div className={classes.head}>
        <div className={classes.titles}>
          <PageTitle title={title} />
          {subtitle && (
            <Text component="div" size="sm" c="dimmed" mt={2}>
              {subtitle}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </div>
      {children}
    </div>
  );
}

export function PageTitle({ title }: { title: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Soundkeep`;
  }, [title]);
  useEffect(() => {
    // The first page keeps the browser's own focus, so that the skip link comes first.
    if (openedBefore) heading.current?.focus({ preventScroll: true });
    openedBefore = true;
  }, []);
  return (
    <Title order={1} ref={heading} tabIndex={-1} className={classes.title}>
      {title}
    </Title>
  );
}

export function Panel({
  title,
  actions,
  children,
}: {
  title?: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={classes.panel}>
      {title && (
        <div className={classes.panelHead}>
          <Title order={2} size="h3">
            {title}
          </Title>
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}
