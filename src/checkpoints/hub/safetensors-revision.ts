import { z } from 'zod';
import { fetchWithRetry } from '../../hub/fetch-with-retry.js';
import type { HubSettings } from '../../hub/hub-settings.js';

const schema = z.object({
  discussions: z.array(z.looseObject({ num: z.number().int(), title: z.string(), isPullRequest: z.boolean().default(false) })),
});

/** The pull request in which the hub's converter holds a repository's weights as safetensors, as a revision: refs/pr/NUMBER. */
export async function findSafetensorsRevision(settings: HubSettings, repo: string, signal?: AbortSignal): Promise<string | undefined> {
  const { endpoint, token } = settings;
  try {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetchWithRetry(`${endpoint}/api/models/${repo}/discussions`, { headers }, { endpoint, subject: repo, signal });
    const { discussions } = schema.parse(await response.json());
    const found = discussions.find(({ isPullRequest, title }) => isPullRequest && /safetensors/i.test(title));
    return found && `refs/pr/${found.num}`;
  } catch {
    return undefined; // it would only have made an error more helpful
  }
}
