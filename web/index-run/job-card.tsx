import type { Job } from '../../src/client/api.js';
import { isOver } from '../api/jobs.js';
import { count } from '../shared/format.js';

/** One index run: how far it is, or what it did. */
export function JobCard({ job, onCancel }: { job: Job; onCancel: () => void }) {
  return (
    <article class={`panel job is-${job.state}`}>
      <div class="panel-head">
        <h2>{TITLES[job.state]}</h2>
        <time class="quiet" dateTime={job.createdAt}>
          {new Date(job.createdAt).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}
        </time>
      </div>
      <p class="quiet">{job.folders.join(', ')}</p>
      {!isOver(job) && (
        <>
          <Progress job={job} />
          <button type="button" class="button small" onClick={onCancel}>
            Stop
          </button>
        </>
      )}
      {job.error && (
        <p class="bad">
          {job.error.message} {job.error.hint}
        </p>
      )}
      {job.summary && <Summary summary={job.summary} />}
      {job.warnings.length > 0 && (
        <details class="more">
          <summary>{count(job.warnings.length, 'remark')}</summary>
          <ul class="history">
            {job.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </details>
      )}
    </article>
  );
}

const TITLES: Record<Job['state'], string> = {
  queued: 'Waiting',
  running: 'Reading pictures',
  done: 'Up to date',
  failed: 'Failed',
  cancelled: 'Stopped',
};

function Progress({ job: { progress, startedAt } }: { job: Job }) {
  const { done = 0, total = null } = progress ?? {};
  const share = total ? done / total : undefined;
  return (
    <div class="progress">
      <div
        class={`progress-track${share === undefined ? ' is-open' : ''}`}
        role="progressbar"
        aria-label="Progress"
        aria-valuemin={0}
        aria-valuemax={total ?? undefined}
        aria-valuenow={total ? done : undefined}
      >
        <span class="progress-bar" style={share === undefined ? {} : { transform: `scaleX(${share})` }} />
      </div>
      <p class="quiet">
        {total === null
          ? done === 0
            ? 'Looking for pictures …'
            : `${count(done, 'file')} found`
          : `${done.toLocaleString('en')} of ${count(total, 'picture')}`}
        {total !== null && startedAt !== null && timeLeft(done, total, startedAt)}
      </p>
    </div>
  );
}

/** How long the rest will take, once the pace is known. */
function timeLeft(done: number, total: number, startedAt: string): string {
  const seconds = (Date.now() - Date.parse(startedAt)) / 1000;
  if (done < 20 || seconds < 3 || done >= total) return '';
  const left = ((total - done) * seconds) / done;
  return left < 90 ? `, about ${Math.max(1, Math.round(left))} s left` : `, about ${Math.round(left / 60)} min left`;
}

function Summary({ summary }: { summary: NonNullable<Job['summary']> }) {
  const rows = [
    ['found', summary.found],
    ['new', summary.encoded],
    ['known by content', summary.known],
    ['unchanged', summary.unchanged],
    ['removed', summary.removed],
    ['failed', summary.failedFiles],
  ] as const;
  const problems = [...summary.missing, ...summary.failed];
  return (
    <>
      <dl class="figures">
        {rows
          .filter(([name, value]) => value > 0 || name === 'found')
          .map(([name, value]) => (
            <div key={name}>
              <dd>{value.toLocaleString('en')}</dd>
              <dt>{name}</dt>
            </div>
          ))}
      </dl>
      {problems.length > 0 && (
        <details class="more">
          <summary>{count(problems.length, 'problem')}</summary>
          <ul class="history">
            {problems.map(({ name, error }) => (
              <li key={name}>
                <strong>{name}</strong>: {error.message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
