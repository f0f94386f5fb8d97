import type { ErrorRecord } from '../../../../machines/run.ts';

/** An error with its frames, and what caused it; its name stands above. */
export function ErrorView({ error: { message, code, kind, stack, cause } }: { readonly error: ErrorRecord }) {
  const frames = framesOf(stack);
  return (
    <div class="error-view">
      {(code !== undefined || kind !== undefined) && (
        <p>
          {code !== undefined && <code>{code}</code>} {kind !== undefined && <code>{kind}</code>}
        </p>
      )}
      <pre class="message">{message}</pre>
      {frames.length > 0 && (
        <ol class="frames">
          {frames.map(({ what, where }, index) => (
            <li key={index} class={isOfOthers(where) ? 'others' : ''}>
              <span>{what}</span>
              <span class="where">{where}</span>
            </li>
          ))}
        </ol>
      )}
      {cause !== undefined && (
        <div class="cause">
          <h3>Caused by {cause.name}</h3>
          <ErrorView error={cause} />
        </div>
      )}
    </div>
  );
}

interface Frame {
  readonly what: string;
  readonly where: string;
}

function framesOf(stack: string | undefined): readonly Frame[] {
  const lines = (stack ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith('at ')).map((line) => frameOf(line.slice(3)));
}

function frameOf(line: string): Frame {
  const text = line.replaceAll('file://', '');
  const match = /^(.*) \((.*)\)$/.exec(text);
  return match === null ? { what: '(anonymous)', where: text } : { what: match[1] ?? '', where: match[2] ?? '' };
}

/** Not of the plugin itself. */
function isOfOthers(where: string): boolean {
  return where.startsWith('node:') || where.includes('/node_modules/');
}
