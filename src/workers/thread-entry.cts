/**
 * What piscina loads in a pool thread. It is CommonJS, because piscina requires it: a thread that is terminated while
 * `require()` links an ES module ends the whole process by a failed assertion of V8. While `import()` does, it does not.
 */
module.exports = import('./run-entry.ts').then((entry) => entry.default);
