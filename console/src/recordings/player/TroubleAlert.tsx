/**
 * Playback broke off: says why, as far as the server tells, and goes on from the same place.
 * It knows nothing of the engine.
 */
import { Alert, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { GateList } from '../../access/GateList';
import { ProblemError } from '../../api/problem';
import { clock } from '../../shared/format';
import type { Trouble } from './engine';

interface TroubleAlertProps {
  trouble: Trouble;
  positionMs: number;
  /** Asks the server for the smallest piece of the recording, only to hear why it says no. */
  probe: () => Promise<void>;
  retry: () => void;
}

/** An audio element knows only that it got nothing; the server's own words are better. */
export function TroubleAlert({ trouble, positionMs, probe, retry }: TroubleAlertProps) {
  const { t } = useTranslation();
  const asked = useQuery({
    queryKey: ['playback trouble'],
    queryFn: () => probe().then(() => null),
    enabled: trouble === 'network',
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const time = clock(positionMs);
  const problem = asked.error instanceof ProblemError ? asked.error.problem : null;
  const code = problem?.code === 'damaged' || problem?.code === 'denied' ? problem.code : trouble;
  return (
    <Alert color="red" variant="light" role="alert" mt="sm" title={t(`player.${code}.title`)}>
      {t(`player.${code}.text`, { time })}
      {problem?.gates && <GateList gates={problem.gates} />}
      {code !== 'denied' && (
        <Button size="compact-sm" variant="default" ml="sm" onClick={retry}>
          {t('player.retry')}
        </Button>
      )}
    </Alert>
  );
}
