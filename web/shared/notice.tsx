import { toRefusal } from '../api/refusal.js';
import { AlertIcon } from './icons.js';

/** What went wrong, and what to do. */
export function Notice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { message, hint } = toRefusal(error);
  return (
    <div class="notice" role="alert">
      <AlertIcon />
      <p>
        <strong>{message}</strong> {hint}
      </p>
      {onRetry && (
        <button type="button" class="button small" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
