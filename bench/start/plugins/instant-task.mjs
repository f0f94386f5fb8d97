/** The wall time at which the task runs. */
export default () => performance.timeOrigin + performance.now();
