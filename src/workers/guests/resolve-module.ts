import { registerHooks } from 'node:module';

/**
 * The URL of the module that `specifier` names for an `import` in the file `parentUrl`.
 *
 * `import.meta.resolve` takes no parent without a flag, and `createRequire` does not find packages whose `exports` have
 * only an `import` condition. A resolve hook may set the parent. Hooks are synchronous and belong to this thread, and
 * this one is removed before the function returns, so it never sees another import.
 *
 * @throws Node's own error when there is no such module.
 */
export function resolveModule(specifier: string, parentUrl: string): string {
  if (specifier.startsWith('file:')) return specifier;
  const hooks = registerHooks({
    resolve: (asked, context, nextResolve) => nextResolve(asked, { ...context, parentURL: parentUrl }),
  });
  try {
    return import.meta.resolve(specifier);
  } finally {
    hooks.deregister();
  }
}
