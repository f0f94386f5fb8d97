/** JavaScript, so that no stripping of types is in the figures. */
export default { name: 'empty', schedules: () => [], run: () => {} };
