/** Keeps warnings for the answer that they concern, instead of showing them at once. */
export function gatherWarnings(): { readonly warnings: string[]; readonly onWarning: (message: string) => void } {
  const warnings: string[] = [];
  return { warnings, onWarning: (message) => void warnings.push(message) };
}
