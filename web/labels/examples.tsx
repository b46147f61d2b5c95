import { type Example, forget, loadExamples, teach, teachFromCorrections } from '../api/label-sets.js';
import { Thumbnail } from '../library/thumbnail.js';
import { CloseIcon } from '../shared/icons.js';
import { Notice } from '../shared/notice.js';
import { toast, toastFailure } from '../shared/toasts.js';
import { useLoaded } from '../shared/use-loaded.js';
import { addressOf } from '../shared/use-route.js';

/** The examples that a label set has learnt from. */
export function Examples({ name }: { name: string }) {
  const examples = useLoaded(name, (signal) => loadExamples(name, signal));
  const drop = async ({ label, id, isPositive }: Example): Promise<void> => {
    try {
      await forget(name, { label, id });
      examples.reload();
      const again = (): void => void teach(name, [{ label, id }]).then(examples.reload, toastFailure);
      toast(`Forgot an example of “${label}”.`, isPositive ? again : undefined);
    } catch (error) {
      toastFailure(error);
    }
  };
  const learn = async (): Promise<void> => {
    try {
      const { summary } = await teachFromCorrections(name);
      toast(summary);
      examples.reload();
    } catch (error) {
      toastFailure(error);
    }
  };
  const labels = [...new Set(examples.value?.map(({ label }) => label))];
  return (
    <section class="examples" aria-label="Examples">
      <div class="panel-head">
        <h3>Examples</h3>
        <button type="button" class="button small" onClick={learn}>
          Learn from my tags
        </button>
      </div>
      {examples.error !== undefined && <Notice error={examples.error} onRetry={examples.reload} />}
      {examples.value?.length === 0 && (
        <p class="quiet">
          None yet. Open a picture of <a href={addressOf('library')}>your library</a> and choose “Teach”: a few examples of each label make
          the answers better.
        </p>
      )}
      {labels.map((label) => (
        <div key={label} class="example-row">
          <h4>{label}</h4>
          <ul>
            {examples.value
              ?.filter((example) => example.label === label)
              .map((example) => (
                <li key={`${example.id} ${example.isPositive}`} class={example.isPositive ? 'example' : 'example is-negative'}>
                  <Thumbnail id={example.id} side={160} alt={example.isPositive ? `Example of ${label}` : `Not ${label}`} />
                  <button type="button" class="film-remove" aria-label={`Forget this example of ${label}`} onClick={() => drop(example)}>
                    <CloseIcon />
                  </button>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </section>
  );
}
