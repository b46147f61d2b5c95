import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { z } from 'zod';
import { LabelwiseError, messageOf } from '../errors.js';
import { VERSION } from '../files/package-root.js';
import type { TaskOptions, Workspace } from '../tasks/workspace.js';
import { READ_TOOLS, type Tool, WRITE_TOOLS } from './tools.js';

export interface McpSettings {
  /** Offer the tools that change the database. */
  readonly canWrite: boolean;
  /** Called with failures that are bugs; the client is told only that there was one. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

const INSTRUCTIONS =
  'labelwise ranks labels for images and searches an index of images by words. Images are files of this machine, named by path. Probabilities of `classify` are over the labels given.';

/** A server of the Model Context Protocol: the tools over one workspace, not connected yet. */
export function createMcpServer(workspace: Workspace, { canWrite, onFailure }: McpSettings): McpServer {
  const server = new McpServer({ name: 'labelwise', version: VERSION }, { instructions: INSTRUCTIONS });
  for (const tool of canWrite ? [...READ_TOOLS, ...WRITE_TOOLS] : READ_TOOLS) register(server, tool);
  return server;

  function register(to: McpServer, { name, title, description, input, isReadOnly, run }: Tool): void {
    const annotations = { readOnlyHint: isReadOnly, destructiveHint: false, idempotentHint: true, openWorldHint: false };
    to.registerTool(name, { title, description, inputSchema: input as z.ZodObject, annotations }, async (args, { signal }) => {
      const notes: string[] = [];
      const options: TaskOptions = { signal, onNote: (note) => notes.push(note), onWarning: (note) => notes.push(note) };
      try {
        return answer({ ...(await run(workspace, args as never, options)), ...(notes.length === 0 ? {} : { notes }) });
      } catch (error) {
        if (error instanceof LabelwiseError) return { ...answer({ error: error.toJSON() }), isError: true };
        onFailure?.(error);
        return { ...answer({ error: { code: 'UNEXPECTED', message: messageOf(error) } }), isError: true };
      }
    });
  }
}

function answer(content: Record<string, unknown>) {
  const plain = JSON.parse(JSON.stringify(content)) as Record<string, unknown>; // numbers that are no JSON become null in both
  return { content: [{ type: 'text' as const, text: JSON.stringify(plain) }], structuredContent: plain };
}

/** Serves over a pair of streams until the client leaves or the signal says stop. The output carries only the protocol. */
export async function serveStdio(
  server: McpServer,
  { stdin, stdout, signal }: { stdin: NodeJS.ReadableStream; stdout: NodeJS.WritableStream; signal: AbortSignal },
): Promise<void> {
  const transport = new StdioServerTransport(stdin as never, stdout as never);
  const ended = new Promise<void>((stop) => {
    server.server.onclose = stop;
    stdin.once('end', stop);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', () => stop(), { once: true });
  });
  await server.connect(transport);
  await ended;
  await server.close();
}
