/**
 * Short messages after an action, read aloud by screen readers and gone by themselves.
 * It knows nothing of the actions.
 */
import { CloseButton, Portal } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PasskeyError } from '../api/passkey';
import { codeOf, ProblemError } from '../api/problem';
import { capital } from './format';
import classes from './toast.module.css';

interface Toast {
  id: number;
  good: boolean;
  text: string;
}
interface Toasts {
  done: (text: string) => void;
  failed: (error: unknown) => void;
}

const Context = createContext<Toasts>({ done: () => {}, failed: () => {} });
export const useToast = () => useContext(Context);
let nextId = 1;

export function ToastProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [toasts, setToasts] = useState<Toast[]>([]);
  const drop = useCallback((id: number) => setToasts((list) => list.filter((toast) => toast.id !== id)), []);
  const push = useCallback(
    (good: boolean, text: string) => {
      const id = nextId++;
      setToasts((list) => [...list.filter((toast) => toast.text !== text).slice(-2), { id, good, text }]);
      setTimeout(() => drop(id), good ? 4500 : 9000);
    },
    [drop],
  );
  const value = useMemo<Toasts>(
    () => ({
      done: (text) => push(true, text),
      failed: (error) => push(false, messageOf(error, t)),
    }),
    [push, t],
  );
  return (
    <Context value={value}>
      {children}
      <Portal>
        <div className={classes.stack} role="status" aria-live="polite">
          {toasts.map((toast) => (
            <div key={toast.id} className={classes.toast} data-good={toast.good || undefined}>
              {toast.good ? <IconCheck size={18} aria-hidden /> : <IconAlertTriangle size={18} aria-hidden />}
              <span>{toast.text}</span>
              <CloseButton size="sm" aria-label={t('action.close')} onClick={() => drop(toast.id)} />
            </div>
          ))}
        </div>
      </Portal>
    </Context>
  );
}

/** One sentence for an error: the server's own where it gave one. */
export function messageOf(error: unknown, t: (key: string) => string): string {
  const code = codeOf(error);
  if (code === 'step_up_needed') return t('error.step_up_needed.text');
  if (code === 'precondition_failed') return t('error.precondition_failed');
  if (error instanceof PasskeyError) return t(`passkeys.trouble.${error.trouble}`);
  if (error instanceof ProblemError) return capital(error.problem.detail || error.problem.title);
  return t(code === 'unreachable' ? 'error.unreachable.text' : 'error.bug.text');
}
