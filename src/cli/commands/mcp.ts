import type { CliIo } from '../../local/io.js';
import { startRun } from '../context.js';
import { modelCommand } from '../options.js';

/** `labelwise mcp`: tools for assistants, over stdin and stdout. */
export function mcpCommand(io: CliIo) {
  return modelCommand('mcp')
    .description('serve tools for assistants over stdin and stdout (Model Context Protocol)')
    .option('--write', 'also offer the tool that corrects tags')
    .addHelpText('after', EXAMPLES)
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { createMcpServer, serveStdio } = await import('../../mcp/create-mcp-server.js');
      const server = createMcpServer(run.workspace, {
        canWrite: flags.write === true,
        onFailure: (error) => run.warn(error instanceof Error ? String(error.stack) : String(error)),
      });
      await serveStdio(server, io);
    });
}

const EXAMPLES = `
In the configuration of an assistant:
  { "mcpServers": { "labelwise": { "command": "npx", "args": ["labelwise", "mcp", "--db", "/home/me/library"] } } }`;
