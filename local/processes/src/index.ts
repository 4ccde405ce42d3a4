export { describeExit, killAllChildren, startChild, startNodeChild } from './children.ts';
export type { Child, ChildOptions, Exit } from './children.ts';
export { openDataFolder, randomSecret, type DataFolder } from './data-folder.ts';
export { systemEnvironment } from './env.ts';
export { freePort } from './free-port.ts';
export { identifyProcess, waitUntilGone } from './identity.ts';
export { openLogFile, silent, type Log, type LogFile } from './log.ts';
export { startAnswering } from './start-answering.ts';
export { supervise, type Supervised } from './supervise.ts';
