// Shared by all client programs: reads commands as lines from standard input, and writes results as JSON lines to
// standard output. Each command has one result, {done, …} or {failed, error}.
import { createInterface } from "node:readline";

export const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");

export async function serve(commands) {
  for await (const line of createInterface({ input: process.stdin })) {
    const command = line.trim();
    try {
      if (!commands[command]) throw new Error(`unknown command '${command}'`);
      say({ done: command, ...(await commands[command]()) });
    } catch (error) {
      say({ failed: command, error: String(error?.stack ?? error), code: error?.code });
    }
  }
  process.exit(0);
}
