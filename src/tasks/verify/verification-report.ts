import type { Verification } from './verify-model.js';

const RESULTS = { true: 'right', false: 'WRONG', undefined: 'not checked' } as const;
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A page to attach to an issue. */
export function verificationReport(verification: Verification, { version, machine }: { version: string; machine: string }): string {
  const { model, source, revision, dtype, fingerprint, checks } = verification;
  const files = source === 'hub' ? `; revision ${revision}, whose files have the hashes of the hub` : '; from a folder';
  const rows = checks.map(
    ({ what, isRight, found, against }) => `| ${[what, RESULTS[`${isRight}`], found, against].map(cell).join(' | ')} |`,
  );
  const table =
    rows.length > 0 ? ['| check | result | found | against |', '|---|---|---|---|', ...rows] : ['There was nothing to compare with.'];
  return [`# ${model}`, '', `labelwise ${version}, ${machine}${files}; ${dtype}, fingerprint ${fingerprint}.`, '', ...table, ''].join('\n');
}
