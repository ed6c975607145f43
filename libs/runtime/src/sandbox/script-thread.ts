/**
 * A thread that runs scripts in QuickJS compiled to WebAssembly: no file, no network, no clock of ours, bounded memory and
 * time. It is started by its file's name, so it imports nothing of ours.
 */
import { parentPort } from 'node:worker_threads';
import { newQuickJSWASMModule, shouldInterruptAfterDeadline } from 'quickjs-emscripten';

interface ScriptTask {
  id: number;
  scripts: string[];
  timeoutMs: number;
  memoryMiB: number;
}

const stackBytes = 512 * 1024;
const jobsMax = 10_000;
const quickJs = await newQuickJSWASMModule();

/** Null: every script ran to its end. */
function faultOf({ scripts, timeoutMs, memoryMiB }: ScriptTask): string | null {
  const runtime = quickJs.newRuntime();
  runtime.setMemoryLimit(memoryMiB * 1024 * 1024);
  runtime.setMaxStackSize(stackBytes);
  runtime.setInterruptHandler(shouldInterruptAfterDeadline(Date.now() + timeoutMs));
  const context = runtime.newContext();
  try {
    for (const script of scripts) {
      const result = context.evalCode(script);
      if (result.error) {
        const error: unknown = context.dump(result.error);
        result.error.dispose();
        return JSON.stringify(error) ?? 'threw';
      }
      result.value.dispose();
      const jobs = runtime.executePendingJobs(jobsMax);
      if (!jobs.error) continue;
      jobs.error.dispose();
      return 'a promise was rejected';
    }
    return null;
  } finally {
    context.dispose();
    runtime.dispose();
  }
}

parentPort?.on('message', (task: ScriptTask) => {
  let fault: string | null;
  try {
    fault = faultOf(task);
  } catch (error) {
    // QuickJS itself gave up; its memory is not to be trusted again.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    parentPort?.postMessage({ id: task.id, fault: String(error) });
    process.exit(1);
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage({ id: task.id, fault });
});
