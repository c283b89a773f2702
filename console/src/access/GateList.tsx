/**
 * The gates of one decision in their order, each with its outcome and its sentence.
 * It knows nothing of how a decision is asked for.
 */
import { IconCircleCheck, IconCircleDashed, IconCircleX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Gate } from '../api/client';
import classes from './GateList.module.css';

const icons = { passed: IconCircleCheck, failed: IconCircleX, not_reached: IconCircleDashed };

export function GateList({ gates }: { gates: Gate[] }) {
  const { t } = useTranslation();
  return (
    <ol className={classes.gates}>
      {gates.map((gate) => {
        const Icon = icons[gate.outcome];
        return (
          <li key={gate.gate} data-outcome={gate.outcome} className={classes.gate}>
            <Icon size={18} stroke={1.8} className={classes.icon} aria-hidden />
            <div>
              <div className={classes.name}>
                {t(`gate.${gate.gate}`, { defaultValue: gate.gate })}
                <span className={classes.outcome}>{t(`gate.outcome.${gate.outcome}`)}</span>
              </div>
              {gate.outcome !== 'not_reached' && <div className={classes.sentence}>{gate.sentence}</div>}
              {gate.outcome === 'failed' && gate.set_in && (
                <div className={classes.place}>{t('gate.set_in', { place: gate.set_in })}</div>
              )}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
