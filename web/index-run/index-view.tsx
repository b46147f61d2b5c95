import { useEffect, useState } from 'preact/hooks';
import type { Job } from '../../src/client/api.js';
import { cancelJob, followJob, isOver, loadJobs, startJob } from '../api/jobs.js';
import { loadFolders } from '../api/library.js';
import { isAbort } from '../api/refusal.js';
import { Empty } from '../shared/empty.js';
import { FolderIcon } from '../shared/icons.js';
import { Notice } from '../shared/notice.js';
import { toastFailure } from '../shared/toasts.js';
import { useLoaded } from '../shared/use-loaded.js';
import { JobCard } from './job-card.js';

/** Index runs: start one, watch it, and see what the last ones did. */
export function IndexView() {
  const folders = useLoaded('folders', loadFolders);
  const { jobs, error, setJob } = useJobs();
  const running = jobs.find((job) => !isOver(job));
  const start = async (names: readonly string[]): Promise<void> => {
    try {
      setJob(await startJob(names));
    } catch (failure) {
      toastFailure(failure);
    }
  };
  const cancel = (id: string): void => void cancelJob(id).catch(toastFailure);
  const usable = folders.value?.filter(({ canBeIndexed }) => canBeIndexed) ?? [];
  return (
    <div class="narrow">
      <div class="view-head">
        <div>
          <h1>Index</h1>
          <p class="quiet">Pictures are read once and stay where they are. Only new and changed ones are read again.</p>
        </div>
      </div>
      {folders.error !== undefined && <Notice error={folders.error} onRetry={folders.reload} />}
      {error !== undefined && <Notice error={error} />}
      {folders.value && usable.length === 0 && (
        <Empty Icon={FolderIcon} title="No folder to index">
          <p>Whoever runs the service chooses the folders. Index one where it runs, and it appears here:</p>
          <pre class="command">labelwise index ~/Pictures --db ./library</pre>
        </Empty>
      )}
      {usable.length > 0 && <StartForm folders={usable.map(({ name }) => name)} isRunning={running !== undefined} onStart={start} />}
      <div class="jobs" aria-live="polite">
        {jobs.map((job) => (
          <JobCard key={job.id} job={job} onCancel={() => cancel(job.id)} />
        ))}
      </div>
    </div>
  );
}

function StartForm({
  folders,
  isRunning,
  onStart,
}: {
  folders: readonly string[];
  isRunning: boolean;
  onStart: (names: readonly string[]) => void;
}) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const chosen = folders.filter((name) => !left.has(name));
  const toggle = (name: string): void => {
    const next = new Set(left);
    if (!next.delete(name)) next.add(name);
    setLeft(next);
  };
  return (
    <form
      class="panel start-form"
      onSubmit={(event) => {
        event.preventDefault();
        onStart(chosen);
      }}
    >
      <fieldset>
        <legend>Folders</legend>
        {folders.map((name) => (
          <label key={name} class="check">
            <input type="checkbox" checked={!left.has(name)} onChange={() => toggle(name)} />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <button type="submit" class="button primary" disabled={isRunning || chosen.length === 0}>
        {isRunning ? 'Running …' : 'Bring up to date'}
      </button>
    </form>
  );
}

/** The runs, the newest first, and the one that runs followed to its end. */
function useJobs() {
  const [jobs, setJobs] = useState<readonly Job[]>([]);
  const [error, setError] = useState<unknown>();
  const setJob = (job: Job): void =>
    setJobs((now) => (now.some(({ id }) => id === job.id) ? now.map((one) => (one.id === job.id ? job : one)) : [job, ...now]));
  useEffect(() => {
    const stopped = new AbortController();
    loadJobs(stopped.signal).then(setJobs, (failure: unknown) => isAbort(failure) || setError(failure));
    return () => stopped.abort();
  }, []);
  const followed = jobs.find((job) => !isOver(job))?.id;
  useEffect(() => {
    if (followed === undefined) return undefined;
    const stopped = new AbortController();
    followJob(followed, stopped.signal, setJob).catch((failure: unknown) => isAbort(failure) || setError(failure));
    return () => stopped.abort();
  }, [followed]);
  return { jobs, error, setJob };
}
