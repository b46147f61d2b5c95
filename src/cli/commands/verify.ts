import { resolve } from 'node:path';
import { type CliIo, writeLine } from '../../local/io.js';
import { startRun } from '../context.js';
import { modelCommand } from '../options.js';
import { listPhotos } from './quantize.js';

/** `labelwise models verify`: a model held against Python, what its authors published, and its own lower formats. */
export function verifyCommand(io: CliIo) {
  return modelCommand('verify')
    .description('download a model and check it against Python, published values and its lower formats; prints a report for an issue')
    .argument('<model>', 'as for --model')
    .option('--script', 'print a script for Python that makes the values for --python, and stop')
    .option('--python <file>', "what Python gave: the script's output")
    .option('--photos <folder>', 'photos to compare on (default: a few that ship with labelwise)')
    .option('--json', 'print JSON')
    .action(async (model, flags) => {
      await using run = startRun({ ...flags, model }, io);
      const [{ openManifest }, python] = await Promise.all([
        import('../../checkpoints/open-manifest.js'),
        import('../../tasks/verify/python-values.js'),
      ]);
      const photos = await listPhotos(flags.photos, run);
      const manifest = await openManifest({ ...run.workspace.encoderOptions(), refresh: true });
      if (flags.script) return await writeLine(io.stdout, (await python.pythonScript(manifest, photos)).trimEnd());
      const [{ verifyModel }, { verificationReport }, { VERSION }] = await Promise.all([
        import('../../tasks/verify/verify-model.js'),
        import('../../tasks/verify/verification-report.js'),
        import('../../files/package-root.js'),
      ]);
      const values =
        flags.python === undefined ? undefined : await python.readPythonValues(resolve(run.workspace.settings.cwd, flags.python));
      const verification = await verifyModel(run.workspace, { photos, python: values }, run.options);
      run.clearBars();
      if (flags.json) return await writeLine(io.stdout, JSON.stringify(verification, null, 2));
      const machine = `Node ${process.version} on ${process.platform}-${process.arch}`;
      await writeLine(io.stdout, verificationReport(verification, { version: VERSION, machine }).trimEnd());
      if (values === undefined) run.say(`to compare with Python too: labelwise models verify ${model} --script > check.py`);
    });
}
