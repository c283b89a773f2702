/** The frame of the pages before sign-in. It knows nothing of what they ask. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Logo, Mark } from '../app/Logo';
import { LanguagePicker } from '../app/Preferences';
import classes from './Door.module.css';

export function Door({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={classes.door}>
      <aside className={classes.side} aria-hidden="true">
        <Mark size={132} />
        <p className={classes.claim}>{t('door.claim')}</p>
      </aside>
      <main id="main" className={classes.main}>
        <div className={classes.top}>
          <Logo />
          <LanguagePicker />
        </div>
        <div className={classes.form}>{children}</div>
      </main>
    </div>
  );
}
