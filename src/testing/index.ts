export type { NetworkFaults } from './cluster/link.ts';
export {
  createVirtualCluster,
  type VirtualCluster,
  type VirtualClusterOptions,
  type VirtualStart,
} from './cluster/virtual-cluster.ts';
export type { VirtualNode } from './cluster/virtual-node.ts';
export type { ConformanceCase, ConformanceOptions } from './conformance/conformance-case.ts';
export { type LockingFactory, lockingConformance } from './conformance/locking-conformance.ts';
export { pluginConformance } from './conformance/plugin-conformance.ts';
export type { PluginConformanceOptions } from './conformance/plugin-stage.ts';
export { type StoreFactory, storeConformance } from './conformance/store-conformance.ts';
export type { VirtualGuest, VirtualPlugin } from './plugins/plugin-shelf.ts';
export type { Random, RunDuration } from './run-duration.ts';
export { VirtualClock, type VirtualClockOptions } from './virtual-clock.ts';
export type { VirtualFetch, VirtualRequest, VirtualResponse } from './virtual-fetcher.ts';
export { createVirtualScheduler, type VirtualScheduler } from './virtual-scheduler.ts';
export type { Duration, VirtualSchedulerOptions } from './virtual-scheduler-options.ts';
